/**
 * What listeners and load balancers may use, as the data plane counts it.
 */
import { Limits, ServiceBit, Unlimited } from '../datapath/layouts.js';
import type { Listener } from '../model/resources.js';
import type { Specification } from '../model/state.js';
import type { BudgetRow } from './tables.js';

/** A budget without the load balancer it is part of. */
export type Allowance = Omit<BudgetRow, 'balancer'>;

/** Of a listener that the proxy serves, which has limits of its own. */
export const UNLIMITED: Allowance = {
  connections: Unlimited.UNLIMITED,
  sessions: Unlimited.UNLIMITED,
  byte_time: 0,
};

/** ns that a byte takes at 1 Mbit/s. */
const BYTE_AT_ONE_MEGABIT = 8000;

/** `budget.byte_time` of a bandwidth peak in Mbit/s: off by less than 0.001 % up to 5,000 Mbit/s. */
export function byteTime(megabits: number): number {
  return Math.round((BYTE_AT_ONE_MEGABIT * 2 ** Limits.BYTE_TIME_SHIFT) / megabits);
}

export function listenerAllowance(listener: Listener): Allowance {
  const { connection_limit: connections, session_rate_limit: sessions, bandwidth_limit: bandwidth } = listener;
  return {
    connections: connections < 0 ? Unlimited.UNLIMITED : connections,
    sessions: sessions ?? Unlimited.UNLIMITED,
    byte_time: bandwidth === null ? 0 : byteTime(bandwidth),
  };
}

/** @param specification of its flavor; undefined: it has none */
export function balancerAllowance(specification: Specification | undefined): Allowance {
  return {
    connections: specification?.connections ?? Unlimited.UNLIMITED,
    sessions: specification?.connections_per_second ?? Unlimited.UNLIMITED,
    byte_time: 0,
  };
}

/** The bits of a service that has these limits: without them its packets pay for none. */
export function limitFlags(listener: Allowance, balancer: Allowance): number {
  const limited = [listener, balancer].some(
    ({ connections, sessions }) => connections !== Unlimited.UNLIMITED || sessions !== Unlimited.UNLIMITED,
  );
  return (limited ? ServiceBit.LIMITED : 0) | (listener.byte_time > 0 ? ServiceBit.METERED : 0);
}
