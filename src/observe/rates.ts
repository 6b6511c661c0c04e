/** Traffic per second, from two looks at the counters. Pure. */
import type { ListenerStatus, Traffic } from './status.js';

/** Per second, but `active`. */
export type Rates = Traffic;

export interface RateRow {
  /** `loadbalancer/listener`, or a member's address and port. */
  name: string;
  kind: 'listener' | 'member';
  rates: Rates;
}

/** What rates are computed from: a status document, or the answer of /stats. */
export interface Sample {
  /** ms since the epoch. */
  at: number;
  loadbalancers: { name: string; listeners: Pick<ListenerStatus, CountedListener>[] }[];
}

type CountedListener = 'name' | 'protocol' | 'protocol_port' | 'members' | keyof Traffic;

const COUNTERS = ['sessions', 'packets_in', 'bytes_in', 'packets_out', 'bytes_out'] as const;

/**
 * A row for each listener, followed by its members. What the first sample does not have counts from zero; a counter that went
 * back, because tables were made anew, counts as nothing.
 */
export function ratesBetween(before: Sample, after: Sample): RateRow[] {
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  const old = new Map(rowsOf(before).map((row) => [row.key, row.traffic]));
  return rowsOf(after).map(({ key, name, kind, traffic }) => {
    const rates: Rates = { ...traffic };
    for (const counter of COUNTERS) {
      rates[counter] = Math.max(0, traffic[counter] - (old.get(key)?.[counter] ?? 0)) / seconds;
    }
    return { name, kind, rates };
  });
}

function rowsOf({ loadbalancers }: Sample) {
  return loadbalancers.flatMap((loadbalancer) =>
    loadbalancer.listeners.flatMap((listener) => {
      const { name, protocol, protocol_port, members } = listener;
      const title = `${loadbalancer.name}/${name || `${protocol.toLowerCase()}-${protocol_port}`}`;
      const key = `${loadbalancer.name} ${protocol} ${protocol_port}`;
      return [
        { key, name: title, kind: 'listener' as const, traffic: listener as Traffic },
        ...members.map((member) => {
          const endpoint = `${member.address}:${member.protocol_port}`;
          // Pools of one listener may have the same endpoint.
          return { key: `${key} ${member.id}`, name: endpoint, kind: 'member' as const, traffic: member as Traffic };
        }),
      ];
    }),
  );
}
