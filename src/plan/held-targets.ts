/**
 * The targets in the kernel, by what they are.
 */
import { formatAddress, isIpv4 } from '../model/address.js';
import type { CurrentTables, ListenerKey, TargetRow } from './tables.js';

/** A member's address and port, as a map key: a number for IPv4, because ten thousand texts would take longer than all the rest. */
export type Endpoint = number | string;

/** The key of a row's address and port. */
export function endpointOf({ address, port }: Pick<TargetRow, 'address' | 'port'>): Endpoint {
  return isIpv4(address)
    ? (((address[12]! * 256 + address[13]!) * 256 + address[14]!) * 256 + address[15]!) * 65_536 + port
    : `${formatAddress(address)} ${port}`;
}

/** Ids of one listener's targets. */
export interface ListenerTargets {
  live: Map<Endpoint, number>;
  retired: Map<Endpoint, number>;
}

export class HeldTargets {
  readonly #listeners = new Map<ListenerKey, ListenerTargets>();
  /** Retired targets by endpoint, protocol and member, whatever the listener. */
  readonly #spare = new Map<string, number[]>();

  constructor(current: CurrentTables) {
    const byIndex = new Map<number, ListenerTargets>();
    for (const [name, { row }] of current.services) {
      const targets = { live: new Map(), retired: new Map() };
      byIndex.set(row.listener, targets);
      this.#listeners.set(name, targets);
    }
    for (const [id, row] of current.targets) {
      this.#add(id, row, byIndex.get(row.listener));
    }
  }

  /** Ids of a listener's targets, in use and retired. */
  of(listener: ListenerKey): ListenerTargets | undefined {
    return this.#listeners.get(listener);
  }

  /** Ids of retired targets of any listener that lead to this endpoint and count for this member. */
  spare(endpoint: Endpoint, protocol: number, member: number): readonly number[] {
    return (this.#spare.size > 0 && this.#spare.get(spareKey(endpoint, protocol, member))) || [];
  }

  /** Rows whose listener has no service are spare whatever they say: a crash may have left them before the switch. */
  #add(id: number, row: TargetRow, listener: ListenerTargets | undefined): void {
    const endpoint = endpointOf(row);
    if (listener && row.weight > 0) {
      listener.live.set(endpoint, id);
      return;
    }
    listener?.retired.set(endpoint, id);
    const key = spareKey(endpoint, row.protocol, row.member);
    const ids = this.#spare.get(key);
    if (ids) {
      ids.push(id);
    } else {
      this.#spare.set(key, [id]);
    }
  }
}

function spareKey(endpoint: Endpoint, protocol: number, member: number): string {
  return `${endpoint} ${protocol} ${member}`;
}
