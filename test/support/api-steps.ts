/** All random requests, by name. */
import type { Step } from './api-step.js';
import { FLAT_STEPS } from './api-steps-flat.js';
import { TREE_STEPS } from './api-steps-tree.js';

export const STEPS: Readonly<Record<string, Step>> = { ...TREE_STEPS, ...FLAT_STEPS };
