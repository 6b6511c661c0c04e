/**
 * The targets in the kernel, by what they are.
 */
import { formatAddress, isIpv4 } from '../model/address.js';
import type { TargetRow } from './tables.js';
import { Uses } from './uses.js';

/** A member's address and port, as a map key: a number for IPv4, because ten thousand texts would take longer than all the rest. */
export type Endpoint = number | string;

/** The key of a row's address and port. */
export function endpointOf({ address, port }: Pick<TargetRow, 'address' | 'port'>): Endpoint {
  return isIpv4(address)
    ? (((address[12]! * 256 + address[13]!) * 256 + address[14]!) * 256 + address[15]!) * 65_536 + port
    : `${formatAddress(address)} ${port}`;
}

const NONE: readonly number[] = [];

/**
 * Ids of targets. Those in use are of a listener that there is; all others rest: kept for their sessions, or left by a crash before
 * its switch.
 */
export class HeldTargets {
  /** How many in use count for a member. */
  readonly members = new Uses();
  /** In use, by the index of their listener. */
  readonly #inUse = new Map<number, Map<Endpoint, number>>();
  /** Resting ones of any listener, lowest first. */
  readonly #resting = new Map<Endpoint, number[]>();

  add(id: number, row: TargetRow, inUse: boolean): void {
    const endpoint = endpointOf(row);
    if (inUse) {
      const ids = this.#inUse.get(row.listener) ?? new Map<Endpoint, number>();
      this.#inUse.set(row.listener, ids.set(endpoint, id));
      this.members.add(row.member);
      return;
    }
    const ids = this.#resting.get(endpoint) ?? [];
    this.#resting.set(
      endpoint,
      [...ids, id].sort((a, b) => a - b),
    );
  }

  remove(id: number, row: TargetRow): void {
    const endpoint = endpointOf(row);
    const resting = this.#resting.get(endpoint) ?? NONE;
    if (resting.includes(id)) {
      const others = resting.filter((other) => other !== id);
      if (others.length > 0) {
        this.#resting.set(endpoint, others);
      } else {
        this.#resting.delete(endpoint);
      }
      return;
    }
    this.members.drop(row.member);
    const ids = this.#inUse.get(row.listener);
    if (ids?.get(endpoint) === id) {
      ids.delete(endpoint);
    }
    if (ids?.size === 0) {
      this.#inUse.delete(row.listener);
    }
  }

  /** Of a listener, in use. */
  inUse(listener: number): ReadonlyMap<Endpoint, number> | undefined {
    return this.#inUse.get(listener);
  }

  /** Of any listener, resting. */
  resting(endpoint: Endpoint): readonly number[] {
    return this.#resting.get(endpoint) ?? NONE;
  }

  allResting(): number[] {
    return [...this.#resting.values()].flat();
  }
}
