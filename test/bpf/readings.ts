/** What cases read off a verdict or out of the tables. */
import type { Event, ListenerStats } from '../../src/datapath/layouts.js';
import type { Endpoint } from '../support/bytes.js';
import { parseEndpoint } from '../support/bytes.js';
import type { GatewayUnderTest, Verdict } from '../support/gateway-under-test.js';
import { equal } from './check.js';

function ports({ packet: { tcp, udp } }: Verdict): { sourcePort: number; destinationPort: number } {
  const header = tcp ?? udp;
  if (!header) throw new Error('the frame holds neither TCP nor UDP');
  return header;
}

/** The local address and port that a translated client packet speaks from. */
export const leaseOf = (verdict: Verdict): Endpoint => `${verdict.packet.ipv4?.source}:${ports(verdict).sourcePort}`;

/** The member that a translated client packet goes to. */
export const memberOf = (verdict: Verdict): Endpoint =>
  `${verdict.packet.ipv4?.destination}:${ports(verdict).destinationPort}`;

/** Open sessions of a member, by its target's id. */
export const activeOf = (gateway: GatewayUnderTest, target: number): number =>
  gateway.tables.members.get(target)!.active;

/** Connections of a listener or load balancer. */
export const connectionsOf = (gateway: GatewayUnderTest, account: number): number =>
  gateway.tables.accounts.get(account)!.connections;

/** Leases that are taken, of all members. */
export async function leasesTaken(gateway: GatewayUnderTest): Promise<number> {
  const words = await gateway.tables.leaseWords.entries();
  return words.reduce((sum, [, word]) => sum + word.toString(2).replaceAll('0', '').length, 0);
}

/** How often an event has been counted since the gateway was reset. */
export const eventCount = (gateway: GatewayUnderTest, event: Event): number =>
  Number(gateway.tables.events.total(event));

/** What a listener has turned away, by reason; reasons that never applied are left out. */
export function turnedAway(gateway: GatewayUnderTest, listener: number): Partial<Record<keyof ListenerStats, number>> {
  const counts = Object.entries(gateway.tables.listenerStats.total(listener));
  return Object.fromEntries(counts.filter(([, count]) => count > 0n).map(([reason, count]) => [reason, Number(count)]));
}

/** Asserts that no session has left anything behind: no row, no lease, nothing counted as open. */
export async function nothingLeft(gateway: GatewayUnderTest): Promise<void> {
  equal('rows', await gateway.rowCount(), 0);
  equal('leases taken', await leasesTaken(gateway), 0);
  for (const [target, { active }] of await gateway.tables.members.entries())
    if (active !== 0) equal(`open sessions of target ${target}`, active, 0);
  for (const index of gateway.configuration.scopes)
    equal(`connections of account ${index}`, connectionsOf(gateway, index), 0);
}

/** How often each value occurs. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** `endpoint` with another port. */
export const withPort = (endpoint: Endpoint, port: number): Endpoint => `${parseEndpoint(endpoint).host}:${port}`;
