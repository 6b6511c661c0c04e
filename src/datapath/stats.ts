/** Counters of the data plane, summed over CPUs. They live as long as the pinned maps, over restarts of the daemon. */
import type { BpfMap } from './addon.js';
import { eventLabels, listenerStats, outcomeLabels, targetStats } from './layouts.js';
import type { GatewayMaps } from './maps.js';
import { readConnections } from './read.js';

/** Traffic of one target. In: from the client; bytes of IP packets as received. */
export interface TargetCounters {
  sessions: number;
  packets_in: number;
  bytes_in: number;
  packets_out: number;
  bytes_out: number;
}

/** What a listener turned away since the tables were made, by reason. */
export interface Refusals {
  /** New sessions, because no member was usable. */
  refused: number;
  /** New sessions that failed for none of the other reasons. */
  dropped: number;
  /** Clients kept out by access lists. */
  acl: number;
  /** New sessions above a limit of the listener. */
  connection_limit: number;
  rate_limit: number;
  /** New sessions above a limit of the load balancer's flavor. */
  flavor_connections: number;
  flavor_rate: number;
  /** Packets above the bandwidth limit. */
  bandwidth: number;
}

export const NO_REFUSALS: Readonly<Refusals> = {
  refused: 0,
  dropped: 0,
  acl: 0,
  connection_limit: 0,
  rate_limit: 0,
  flavor_connections: 0,
  flavor_rate: 0,
  bandwidth: 0,
};

export interface ListenerCounters extends Refusals {
  /** At this moment. Those of a listener's further VIPs count at its first one. */
  connections: number;
}

export interface Counters {
  /** Packets by label of enum outcome; forwarded ones are counted with their target instead. */
  outcomes: Record<string, number>;
  /** By label of enum event. */
  events: Record<string, number>;
  /** By target id. */
  targets: Map<number, TargetCounters>;
  /** By listener index. */
  listeners: Map<number, ListenerCounters>;
}

/** Which rows to read; reading all of them would move megabytes on hosts with many CPUs. */
export interface CounterSelection {
  targets: Iterable<number>;
  listeners: Iterable<number>;
}

export function readCounters(maps: GatewayMaps, selection: CounterSelection): Counters {
  const targets = new Map<number, TargetCounters>();
  for (const id of selection.targets) {
    targets.set(id, sum(targetStats.decodeAll(values(maps.get('target_stats'), id))));
  }
  const listeners = new Map<number, ListenerCounters>();
  for (const index of selection.listeners) {
    const counts = sum(listenerStats.decodeAll(values(maps.get('listener_stats'), index)));
    listeners.set(index, { ...counts, connections: readConnections(maps, index) });
  }
  return {
    outcomes: labelled(maps.get('outcomes'), outcomeLabels),
    events: labelled(maps.get('events'), eventLabels),
    targets,
    listeners,
  };
}

/** Sessions in the table: those that began less those that ended. */
export function sessionsInUse(events: Record<string, number>): number {
  const ended = Object.entries(events).filter(([label]) => label.startsWith('session_ended_'));
  return Math.max(0, (events.session_created ?? 0) - ended.reduce((total, [, count]) => total + count, 0));
}

function labelled(map: BpfMap, labels: Readonly<Record<number, string>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [index, label] of Object.entries(labels)) {
    if (Number(index) < map.maxEntries) {
      const bytes = values(map, Number(index));
      counts[label] = Number(new BigUint64Array(bytes.slice().buffer).reduce((total, count) => total + count, 0n));
    }
  }
  return counts;
}

/** One value for each possible CPU. */
function values(map: BpfMap, index: number): Uint8Array {
  return map.get(new Uint8Array(Uint32Array.of(index).buffer)) ?? new Uint8Array(map.valueSize);
}

function sum<Key extends string>(rows: Record<Key, bigint>[]): Record<Key, number> {
  const total = {} as Record<Key, number>;
  for (const row of rows) {
    for (const key of Object.keys(row) as Key[]) {
      total[key] = (total[key] ?? 0) + Number(row[key]);
    }
  }
  return total;
}
