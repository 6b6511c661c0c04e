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
/** Changes of health that can be told of one by one. */
const REMEMBERED_CHANGES = 4096;
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
  /** Ids of members whose health is another one than before, in the order in which that was found out. */
  #changed: string[] = [];
  /** How many were left out of `changed`, which would grow for ever. */
  #forgotten = 0;
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
   * Takes checks that are new or have changed, and forgets those that have gone. Known members keep their health, also when their
   * monitor changed.
   * @param serving whether a member unknown so far already takes traffic: such a one starts up
   */
  update(come: readonly Check[], serving: (id: string) => boolean, gone: readonly Check[] = []): void {
    const now = performance.now();
    const fresh = come.filter((check) => {
      const known = this.#entries.get(check.id);
      return !known || !isSame(known.check, check);
    });
    const stay = new Set(come.map(({ id }) => id));
    for (const { id } of gone) {
      if (!stay.has(id)) {
        this.#entries.delete(id);
      }
    }
    const spread = Math.max(FIRST_PROBE_MS, fresh.length / FIRST_PROBES_PER_MS);
    for (const check of fresh) {
      const health = this.#entries.get(check.id)?.health ?? initialHealth(serving(check.id), Date.now());
      const firstSpread = Math.min(check.intervalMs, spread);
      const entry = { check, health, due: now + phase(check) * firstSpread, firstSpread };
      this.#entries.set(check.id, entry);
      if (this.#running) {
        this.#agenda.add(entry);
      }
    }
    this.#arm();
  }

  /** Another number whenever a member has gone up or down, or was probed for the first time. */
  get version(): number {
    return this.#forgotten + this.#changed.length;
  }

  /** Members to which that happened since an earlier version; undefined: too many to tell. */
  changedSince(version: number): readonly string[] | undefined {
    return version < this.#forgotten ? undefined : this.#changed.slice(version - this.#forgotten);
  }

  /** What is known of a member; undefined when it is not checked. */
  health(id: string): MemberHealth | undefined {
    return this.#entries.get(id)?.health;
  }

  #noteChange(id: string): void {
    this.#changed.push(id);
    if (this.#changed.length > 2 * REMEMBERED_CHANGES) {
      this.#forgotten += REMEMBERED_CHANGES;
      this.#changed = this.#changed.slice(REMEMBERED_CHANGES);
    }
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
    if (flipped || isNews) {
      this.#noteChange(check.id);
    }
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
