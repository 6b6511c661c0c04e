/**
 * The road of every change from configuration to operations, in one call.
 */
import type { Fault } from '../model/errors.js';
import type { Tree } from '../model/resources.js';
import type { AccessLists } from './admission.js';
import { assign } from './assign.js';
import type { Assigned } from './assigned.js';
import type { Specifications } from './compile.js';
import { compile } from './compile.js';
import { describeOperations } from './describe.js';
import type { GatewayFacts, HealthView } from './desired.js';
import { diff } from './diff.js';
import { type Operation, orderOperations } from './order.js';
import type { WheelCache } from './pool-wheel.js';
import type { Capacity, CurrentTables } from './tables.js';

export interface PlanInput {
  tree: Tree;
  health: HealthView;
  facts: GatewayFacts;
  current: CurrentTables;
  /** The lists that listeners refer to; default none. */
  accessLists?: AccessLists;
  /** What the flavors grant that load balancers refer to; default none. */
  specifications?: Specifications;
  /** Sizes of the tables; default those of bpf/maps.h. */
  capacity?: Capacity;
  /** The same one for every plan of a gateway. */
  wheels?: WheelCache;
}

export interface Plan {
  /** In the order in which they must be executed; empty when the kernel holds what the configuration asks for. */
  operations: Operation[];
  /** The tables afterwards: they serve as `current` of the next plan if nobody else writes to the kernel. */
  assigned: Assigned;
  warnings: Fault[];
  /** The operations in words, for people. */
  describe: () => string[];
}

/**
 * Plans a change.
 * @throws SluiceError `unsupported`, `invalid_configuration`, `capacity_exceeded`; nothing has happened then
 */
export function planChange({ tree, health, facts, current, capacity, ...input }: PlanInput): Plan {
  const desired = compile(tree, health, facts, input);
  const assigned = assign(desired, current, capacity);
  const operations = orderOperations(diff(current, assigned));
  return {
    operations,
    assigned,
    warnings: desired.warnings,
    describe: () => describeOperations(operations, current, assigned),
  };
}
