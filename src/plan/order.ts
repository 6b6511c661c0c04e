/**
 * What is done to the tables, and in which order.
 */
import { AddressBit, TargetBit } from '../datapath/layouts.js';
import type { Fingerprint } from './access-list.js';
import type {
  AddressKey,
  AddressRow,
  BudgetRow,
  DeviceRow,
  ListenerKey,
  LocalRow,
  ServiceKey,
  ServiceRow,
  SettingsRow,
  TargetRow,
} from './tables.js';

/**
 * One write to one table. `put` creates or replaces a row; `before` is the row it replaces, absent when it creates one. `remove`
 * deletes from a hash; `clear` writes zeros over a row of an array, on all CPUs where it is per CPU.
 */
export type Operation =
  | { table: 'settings'; action: 'put'; row: SettingsRow; before?: SettingsRow }
  | { table: 'services'; action: 'put'; name: ListenerKey; key: ServiceKey; row: ServiceRow; before?: ServiceRow }
  | { table: 'services'; action: 'remove'; name: ListenerKey; key: ServiceKey; before: ServiceRow }
  | { table: 'addresses'; action: 'put'; name: string; key: AddressKey; row: AddressRow; before?: AddressRow }
  | { table: 'addresses'; action: 'remove'; name: string; key: AddressKey; before: AddressRow }
  | { table: 'targets'; action: 'put'; index: number; row: TargetRow; before?: TargetRow }
  | { table: 'targets'; action: 'clear'; index: number; before: TargetRow }
  | { table: 'locals'; action: 'put'; index: number; row: LocalRow; before?: LocalRow }
  | { table: 'locals'; action: 'clear'; index: number; before: LocalRow }
  | { table: 'devices'; action: 'put'; ifindex: number; row: DeviceRow; before?: DeviceRow }
  | { table: 'devices'; action: 'remove'; ifindex: number; before: DeviceRow }
  | { table: 'budgets'; action: 'put'; index: number; row: BudgetRow; before?: BudgetRow }
  /** A list of blocks in canonical text, made and filled before it gets its place. */
  | { table: 'access_lists'; action: 'put'; index: number; name: Fingerprint; cidrs: readonly string[] }
  | { table: 'access_lists'; action: 'remove'; index: number; name: Fingerprint }
  /** Entries of the wheel array, in targets from `base` on; nobody reads that range yet. */
  | { table: 'wheel'; action: 'write'; name: ListenerKey; base: number; entries: Uint32Array }
  | { table: 'target_stats' | 'listener_stats' | 'accounts'; action: 'clear'; index: number };

/**
 * Sorts operations so that packets see either the old or the new configuration of a listener and never a mixture: what is
 * referred to is written first, the `services` row switches, what nothing refers to any more goes last. In between
 *
 * - a service's wheel is complete, and every target on it exists and is usable; its access lists and budget are there;
 * - every leased local address has its `addresses` row: without it the gateway would not answer when the member asks for the MAC;
 * - `settings.local_count` covers only rows of `locals` that are written.
 */
export function orderOperations(operations: readonly Operation[]): Operation[] {
  const stages: Operation[][] = [];
  for (const operation of operations) {
    const stage = stageOf(operation);
    stages[stage] ??= [];
    stages[stage].push(operation);
  }
  return stages.flat();
}

function stageOf(operation: Operation): number {
  switch (operation.table) {
    case 'devices':
      return operation.action === 'put' ? 0 : 9;
    case 'addresses':
      return operation.action === 'put' && !ceasesToBeLocal(operation) ? 0 : 9;
    case 'locals':
      return operation.action === 'put' ? 1 : 8;
    case 'settings':
      return 2;
    // A target that stops being usable does so after the switch: the old wheel may still lead to it.
    case 'targets':
      return operation.action === 'put' && (operation.row.flags & TargetBit.USABLE) !== 0 ? 3 : 7;
    case 'wheel':
    case 'budgets':
    case 'accounts':
    case 'listener_stats':
      return 4;
    case 'access_lists':
      return operation.action === 'put' ? 4 : 8;
    case 'services':
      return operation.action === 'put' ? 5 : 6;
    default:
      return 8;
  }
}

/** A local address is leased until `settings` and `locals` say otherwise, so it stops being one after that. */
function ceasesToBeLocal(operation: Extract<Operation, { table: 'addresses'; action: 'put' }>): boolean {
  const { row, before } = operation;
  return before !== undefined && (before.flags & ~row.flags & AddressBit.LOCAL) !== 0;
}
