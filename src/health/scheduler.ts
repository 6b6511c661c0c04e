/** When each member is probed, and what is known of each. Results come in on the main thread; nothing here blocks. */
import { isDeepStrictEqual } from 'node:util';
import { Agenda } from './agenda.js';
import type { Check } from './checks.js';
import type { Probe } from './probe.js';
import { initialHealth, type MemberHealth, nextHealth } from './thresholds.js';

/** The first probe of a new member comes within this time, so that a member is usable soon after it was added. */
const FIRST_PROBE_MS = 1000;
/** Many new members at once are probed at no more than this rate: a start must not be a flood. */
const FIRST_PROBES_PER_MS = 5;
/** Probes begin in steps of this many ms: at 2,000 a second one wake-up serves 20 of them. */
const STEP_MS = 10;
/** Part of the interval by which a probe may begin late. */
const LATENESS = 1 / 4;

/** Told of every member that goes up or down, in the moment that it is known. */
export type FlipListener = (check: Check, health: MemberHealth) => void;

interface Entry {
  check: Check;
  health: MemberHealth;
  /** Start of the next probe on the monotonic clock, ms: setting the host's time moves no checks. */
  due: number;
  /** Time over which the first probes are spread, ms; undefined once there was one. */
  firstSpread: number | undefined;
}

/**
 * Probes members at their intervals, spread evenly: a member's place within the interval follows from its id, so that ten
 * thousand checks of 5 s are two a millisecond and not a burst every 5 s.
 */
export class HealthScheduler {
  #entries = new Map<string, Entry>();
  /** Entries that wait for their next probe, and leftovers of those that are gone. */
  readonly #agenda = new Agenda<Entry>();
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly probe: Probe,
    private readonly onFlip: FlipListener,
  ) {}

  /** Begins probing. */
  start(): void {
    this.#running = true;
    for (const entry of this.#entries.values()) {
      this.#agenda.add(entry);
    }
    this.#arm();
  }

  /** Stops probing; what was found stays readable. Probes under way finish and are forgotten. */
  stop(): void {
    this.#running = false;
    this.#agenda.clear();
    this.#disarm();
    this.#entries = new Map([...this.#entries].map(([id, entry]) => [id, { ...entry }]));
  }

  /**
   * Takes a new set of checks. Known members keep their health, also when their monitor changed.
   * @param serving whether a member unknown so far already takes traffic: such a one starts up
   */
  update(checks: readonly Check[], serving: (id: string) => boolean): void {
    const now = performance.now();
    const before = this.#entries;
    const entries = new Map<string, Entry>();
    const fresh: Check[] = [];
    for (const check of checks) {
      const known = before.get(check.id);
      if (known && isSame(known.check, check)) {
        entries.set(check.id, known);
      } else {
        fresh.push(check);
      }
    }
    const spread = Math.max(FIRST_PROBE_MS, fresh.length / FIRST_PROBES_PER_MS);
    for (const check of fresh) {
      const health = before.get(check.id)?.health ?? initialHealth(serving(check.id), Date.now());
      const firstSpread = Math.min(check.intervalMs, spread);
      const entry = { check, health, due: now + phase(check) * firstSpread, firstSpread };
      entries.set(check.id, entry);
      if (this.#running) {
        this.#agenda.add(entry);
      }
    }
    this.#entries = entries;
    this.#arm();
  }

  /** What is known of a member; undefined when it is not checked. */
  health(id: string): MemberHealth | undefined {
    return this.#entries.get(id)?.health;
  }

  /** Sets the timer for the first entry, unless it fires early enough already. */
  #arm(): void {
    const { next } = this.#agenda;
    if (!this.#running || next === undefined || next >= this.#wakeAt) {
      return;
    }
    this.#disarm();
    const now = performance.now();
    const wait = Math.max(0, Math.ceil((next - now) / STEP_MS) * STEP_MS);
    this.#wakeAt = now + wait;
    this.#timer = setTimeout(() => this.#probeDue(), wait);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #probeDue(): void {
    this.#disarm();
    const now = performance.now();
    for (let entry = this.#agenda.take(now); entry; entry = this.#agenda.take(now)) {
      if (this.#entries.get(entry.check.id) === entry) {
        void this.#run(entry);
      }
    }
    this.#arm();
  }

  async #run(entry: Entry): Promise<void> {
    const { check } = entry;
    const outcome = await this.probe(check);
    if (!this.#running || this.#entries.get(check.id) !== entry) {
      return;
    }
    const isNews = !entry.health.probed;
    const { health, flipped } = nextHealth(entry.health, { ...outcome, at: Date.now() }, check.thresholds);
    entry.health = health;
    entry.due = nextDue(entry, performance.now());
    entry.firstSpread = undefined;
    this.#agenda.add(entry);
    this.#arm();
    // That a member does not answer from the start is news as well: so far nothing was known of it.
    if (flipped || (isNews && health.probed && !health.up)) {
      this.onFlip(check, health);
    }
  }
}

/**
 * The next start. Lateness never moves a member from its place within the interval: whoever is a little late (a probe that took
 * the whole interval, a busy moment) begins at once, whoever is later waits for the next turn. Without that a pause of the host
 * would leave all members bunched together.
 */
function nextDue({ due, check, firstSpread }: Entry, now: number): number {
  const { intervalMs } = check;
  // After a first probe: the member's own place within the interval.
  const stretch = firstSpread === undefined ? intervalMs : intervalMs / 2 + phase(check) * (intervalMs - firstSpread);
  const next = due + stretch;
  const late = now - next;
  return late <= intervalMs * LATENESS ? next : next + Math.ceil(late / intervalMs) * intervalMs;
}

/** Checks of an unchanged configuration are the same objects, see `checksOf`. */
function isSame(one: Check, other: Check): boolean {
  return one === other || isDeepStrictEqual(one, other);
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
