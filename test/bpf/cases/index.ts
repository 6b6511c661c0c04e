import type { Case } from '../case.js';
import { HANDSHAKE_CASES } from './handshake.js';
import { OBJECT_CASES } from './objects.js';

/** All cases, in the order they run. */
export const CASES: readonly Case[] = [...OBJECT_CASES, ...HANDSHAKE_CASES];
