/** When each member is probed, and what is known of each. Results come in on the main thread; nothing here blocks. */
import { isDeepStrictEqual } from 'node:util';
import type { Check } from './checks.js';
import type { Probe } from './probe.js';
import { initialHealth, type MemberHealth, nextHealth } from './thresholds.js';

/** The first probe of a new member comes within this time, so that a member is usable soon after it was added. */
const FIRST_PROBE_MS = 1000;

/** Told of every member that goes up or down. */
export type FlipListener = (check: Check, health: MemberHealth) => void;

interface Entry {
  check: Check;
  health: MemberHealth;
  /** Start of the next probe, ms since the epoch. */
  due: number;
  timer?: NodeJS.Timeout;
}

/**
 * Probes members at their intervals, spread evenly: a member's place within the interval follows from its id, so that ten
 * thousand checks of 5 s are two a millisecond and not a burst every 5 s.
 */
export class HealthScheduler {
  #entries = new Map<string, Entry>();
  #running = false;

  constructor(
    private readonly probe: Probe,
    private readonly onFlip: FlipListener,
  ) {}

  /** Begins probing. */
  start(): void {
    this.#running = true;
    for (const entry of this.#entries.values()) {
      this.#arm(entry);
    }
  }

  /** Stops probing; what was found stays readable. Probes under way finish and are forgotten. */
  stop(): void {
    this.#running = false;
    for (const entry of this.#entries.values()) {
      clearTimeout(entry.timer);
    }
    this.#entries = new Map([...this.#entries].map(([id, { timer: _, ...entry }]) => [id, entry]));
  }

  /**
   * Takes a new set of checks. Known members keep their health, also when their monitor changed.
   * @param serving whether a member unknown so far already takes traffic: such a one starts up
   */
  update(checks: readonly Check[], serving: (id: string) => boolean): void {
    const now = Date.now();
    const before = this.#entries;
    this.#entries = new Map();
    for (const check of checks) {
      const known = before.get(check.id);
      before.delete(check.id);
      if (known && isDeepStrictEqual(known.check, check)) {
        this.#entries.set(check.id, known);
        continue;
      }
      clearTimeout(known?.timer);
      const health = known?.health ?? initialHealth(serving(check.id), now);
      const entry = { check, health, due: now + phase(check) * firstSpread(check) };
      this.#entries.set(check.id, entry);
      if (this.#running) {
        this.#arm(entry);
      }
    }
    for (const gone of before.values()) {
      clearTimeout(gone.timer);
    }
  }

  /** What is known of a member; undefined when it is not checked. */
  health(id: string): MemberHealth | undefined {
    return this.#entries.get(id)?.health;
  }

  #arm(entry: Entry): void {
    entry.timer = setTimeout(() => void this.#run(entry), Math.max(0, entry.due - Date.now()));
  }

  async #run(entry: Entry): Promise<void> {
    const { check } = entry;
    const first = !entry.health.probed;
    const outcome = await this.probe(check);
    if (!this.#running || this.#entries.get(check.id) !== entry) {
      return;
    }
    const { health, flipped } = nextHealth(entry.health, { ...outcome, at: Date.now() }, check.thresholds);
    entry.health = health;
    entry.due = nextDue(entry.due, check, first, Date.now());
    this.#arm(entry);
    if (flipped) {
      this.onFlip(check, health);
    }
  }
}

/** The next start; after a first probe, the member's own place within the interval. A start that was missed is not made up for. */
function nextDue(due: number, check: Check, first: boolean, now: number): number {
  const { intervalMs } = check;
  const stretch = first ? intervalMs / 2 + phase(check) * (intervalMs - firstSpread(check)) : intervalMs;
  return Math.max(due + stretch, now);
}

/** Time over which first probes are spread, ms. */
function firstSpread(check: Check): number {
  return Math.min(check.intervalMs, FIRST_PROBE_MS);
}

/** 0 (included) to 1, the same for one member always. */
function phase(check: Check): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < check.id.length; i++) {
    hash = Math.imul(hash ^ check.id.charCodeAt(i), 0x01000193);
  }
  // FNV leaves the upper bits of similar ids alike.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
