/**
 * What a member's probe results mean. Pure: every function returns a new value and looks at no clock.
 *
 * A member is `up` (takes new connections) or `down`. A new member is down until its first success, and that one is
 * enough; after that a change takes as many contrary results in a row as the monitor's thresholds say.
 */

import { type RecentChanges, withChange } from './flapping.js';

/** Transitions kept for each member. */
export const HISTORY_LENGTH = 20;

/**
 * What one probe found: success, or failure with the cause in words a person can act on. `local`: the failure is the gateway's own
 * (no descriptor, no free port, its own packet filter) and says nothing about the member.
 */
export type ProbeOutcome = { ok: true; milliseconds: number } | { ok: false; cause: string; local?: true };

/** The same with its time, ms since the epoch. */
export type ProbeResult = ProbeOutcome & { at: number };

/** Successes (1-10) that bring a member up, failures (1-10) that take it down. */
export interface Thresholds {
  rise: number;
  fall: number;
}

/** A change of state, with what caused it. */
export interface Transition {
  at: number;
  up: boolean;
  cause: string;
}

/** Everything known of one member's health. */
export interface MemberHealth {
  up: boolean;
  /** False until the first probe has answered. */
  probed: boolean;
  /** Results in a row that contradict `up`. */
  contrary: number;
  /** When `up` last changed, ms since the epoch. */
  since: number;
  /** When the last probe finished; absent before the first. */
  checkedAt?: number;
  /** Duration of the last successful probe in ms. */
  milliseconds?: number;
  /** The last failure, kept after the member recovered. */
  failure?: { at: number; cause: string };
  /** Why the gateway itself could not do the last check, which then counts neither way; absent when it could. */
  unchecked?: { at: number; cause: string };
  /** The last {@link HISTORY_LENGTH} changes, oldest first. */
  history: readonly Transition[];
  /** See {@link restlessness}. */
  changes: RecentChanges;
}

/**
 * Health before the first probe. A member that already serves (it is on a wheel in the kernel, or had no monitor until
 * now) starts up: otherwise a restarted daemon would empty every wheel until the first probes are answered.
 */
export function initialHealth(serving: boolean, now: number): MemberHealth {
  return { up: serving, probed: false, contrary: 0, since: now, history: [], changes: [] };
}

/** Takes one probe result in; `flipped` tells whether `up` changed. */
export function nextHealth(
  health: MemberHealth,
  result: ProbeResult,
  thresholds: Thresholds,
): { health: MemberHealth; flipped: boolean } {
  if (!result.ok && result.local) {
    return { health: { ...health, unchecked: { at: result.at, cause: result.cause } }, flipped: false };
  }
  const contrary = result.ok === health.up ? 0 : health.contrary + 1;
  const flipped = contrary > 0 && contrary >= required(health, result, thresholds);
  const { unchecked: _, ...known } = health;
  const next: MemberHealth = {
    ...known,
    probed: true,
    contrary: flipped ? 0 : contrary,
    checkedAt: result.at,
    ...(result.ok ? { milliseconds: result.milliseconds } : { failure: { at: result.at, cause: result.cause } }),
  };
  if (!flipped) return { health: next, flipped };
  const cause = result.ok ? 'answered' : result.cause;
  const transition = { at: result.at, up: result.ok, cause };
  return {
    health: {
      ...next,
      up: result.ok,
      since: result.at,
      history: [...health.history, transition].slice(-HISTORY_LENGTH),
      changes: withChange(health.changes, result.at),
    },
    flipped,
  };
}

/** A member that never was up needs one success only; one that was goes by the thresholds. */
function required(health: MemberHealth, result: ProbeResult, thresholds: Thresholds): number {
  if (!result.ok) return thresholds.fall;
  return health.history.length === 0 ? 1 : thresholds.rise;
}
