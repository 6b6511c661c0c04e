import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Check } from './checks.js';
import { HealthScheduler } from './scheduler.js';
import type { ProbeOutcome } from './thresholds.js';

const up: ProbeOutcome = { ok: true, milliseconds: 1 };
const down: ProbeOutcome = { ok: false, cause: 'refused' };

function check(id: string, changes: Partial<Check> = {}): Check {
  return {
    id,
    address: '198.18.2.11',
    port: 80,
    intervalMs: 5000,
    timeoutMs: 5000,
    thresholds: { rise: 3, fall: 3 },
    request: { kind: 'tcp' },
    ...changes,
  };
}

describe('HealthScheduler', () => {
  const outcomes = new Map<string, ProbeOutcome>();
  let probed: { id: string; at: number }[];
  let flips: string[];
  let scheduler: HealthScheduler;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    outcomes.clear();
    probed = [];
    flips = [];
    scheduler = new HealthScheduler(
      async ({ id }) => {
        probed.push({ id, at: Date.now() });
        return outcomes.get(id) ?? up;
      },
      ({ id }, health) => flips.push(`${id} ${health.up ? 'up' : 'down'}`),
    );
    scheduler.start();
  });
  afterEach(() => {
    scheduler.stop();
    vi.useRealTimers();
  });

  it('probes a new member within a second and reports it up after one success', async () => {
    scheduler.update([check('a')], () => false);
    expect(scheduler.health('a')).toMatchObject({ up: false, probed: false });
    await vi.advanceTimersByTimeAsync(1000);
    expect(flips).toEqual(['a up']);
    expect(scheduler.health('a')).toMatchObject({ up: true, probed: true });
  });

  it('tells once of a new member that does not answer', async () => {
    outcomes.set('a', down);
    scheduler.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(flips).toEqual(['a down']);
  });

  it('keeps a serving member up until its failures reach the threshold', async () => {
    outcomes.set('a', down);
    scheduler.update([check('a')], () => true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(scheduler.health('a')).toMatchObject({ up: true, contrary: 1 });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(flips).toEqual(['a down']);
    expect(scheduler.health('a')?.failure).toMatchObject({ cause: 'refused' });
  });

  it('probes at the interval', async () => {
    scheduler.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(60_000);
    const gaps = probed.slice(2).map(({ at }, index) => at - (probed[index + 1]?.at ?? 0));
    expect(new Set(gaps.map(Math.round))).toEqual(new Set([5000]));
  });

  it('spreads a thousand members over the interval', async () => {
    scheduler.update(
      Array.from({ length: 1000 }, (_, index) => check(`member-${index}`)),
      () => false,
    );
    await vi.advanceTimersByTimeAsync(20_000);
    const start = Date.now();
    await vi.advanceTimersByTimeAsync(5000);
    const slots = new Array<number>(10).fill(0);
    for (const { at } of probed.filter((probe) => probe.at >= start)) {
      const slot = Math.min(9, Math.floor((at - start) / 500));
      slots[slot] = (slots[slot] ?? 0) + 1;
    }
    expect(Math.min(...slots)).toBeGreaterThan(60);
    expect(Math.max(...slots)).toBeLessThan(140);
  });

  it('begins no more than five probes a millisecond when many members are new', async () => {
    scheduler.update(
      Array.from({ length: 10_000 }, (_, index) => check(`member-${index}`)),
      () => false,
    );
    await vi.advanceTimersByTimeAsync(2010);
    expect(probed).toHaveLength(10_000);
    const early = probed.filter(({ at }) => at <= 1_001_000).length;
    expect(early).toBeGreaterThan(4500);
    expect(early).toBeLessThan(5500);
  });

  it("goes by no clock that somebody sets: checks go on when the host's time jumps back", async () => {
    scheduler.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(0);
    const before = probed.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(probed.length).toBe(before + 2);
  });

  it('leaves a member as it is when the gateway itself cannot check', async () => {
    outcomes.set('a', { ok: false, local: true, cause: 'no file descriptors left' });
    scheduler.update([check('a')], () => true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flips).toEqual([]);
    expect(scheduler.health('a')).toMatchObject({
      up: true,
      probed: false,
      unchecked: { cause: 'no file descriptors left' },
    });
  });

  it('keeps everybody in place through a pause in which nothing was answered', async () => {
    let paused: Promise<void> | undefined;
    const starts: number[] = [];
    const slow = new HealthScheduler(
      async () => {
        starts.push(performance.now());
        await paused;
        return up;
      },
      () => undefined,
    );
    slow.start();
    slow.update(
      Array.from({ length: 1000 }, (_, index) => check(`member-${index}`)),
      () => true,
    );
    await vi.advanceTimersByTimeAsync(20_000);
    let resume: () => void = () => undefined;
    paused = new Promise((resolve) => {
      resume = resolve;
    });
    await vi.advanceTimersByTimeAsync(17_300);
    starts.length = 0;
    const resumed = performance.now();
    resume();
    await vi.advanceTimersByTimeAsync(5000);
    expect(starts.length).toBeGreaterThan(990);
    expect(starts.filter((at) => at - resumed < 500).length).toBeLessThan(300);
    slow.stop();
  });

  it('probes at the interval although every probe takes all of it', async () => {
    let count = 0;
    const slow = new HealthScheduler(
      async ({ timeoutMs }) => {
        count++;
        await new Promise((resolve) => setTimeout(resolve, timeoutMs + 2));
        return down;
      },
      () => undefined,
    );
    slow.start();
    slow.update([check('a')], () => true);
    await vi.advanceTimersByTimeAsync(500_000);
    expect(count).toBeGreaterThanOrEqual(98);
    slow.stop();
  });

  it('never has two probes of one member under way', async () => {
    let running = 0;
    const slow = new HealthScheduler(
      async ({ timeoutMs }) => {
        running++;
        expect(running).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, timeoutMs));
        running--;
        return down;
      },
      () => undefined,
    );
    slow.start();
    slow.update([check('a')], () => true);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(slow.health('a')?.up).toBe(false);
    slow.stop();
  });

  it('keeps health and schedule of members whose check is the same', async () => {
    scheduler.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(1000);
    scheduler.update([check('a'), check('b')], () => false);
    expect(scheduler.health('a')?.up).toBe(true);
    expect(probed).toHaveLength(1);
  });

  it('takes a check with other objects and equal contents for the same', async () => {
    scheduler.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(1000);
    scheduler.update([check('a', { request: { kind: 'tcp' } })], () => false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(probed).toHaveLength(1);
  });

  it('keeps health when the monitor changes and probes by the new one', async () => {
    scheduler.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(1000);
    scheduler.update([check('a', { port: 8080 })], () => false);
    expect(scheduler.health('a')?.up).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(probed).toHaveLength(2);
  });

  it('forgets removed members, also when a probe of theirs is under way', async () => {
    let answer: (outcome: ProbeOutcome) => void = () => undefined;
    const held = new HealthScheduler(
      () => new Promise((resolve) => (answer = resolve)),
      () => flips.push('late'),
    );
    held.start();
    held.update([check('a')], () => false);
    await vi.advanceTimersByTimeAsync(1000);
    held.update([], () => false, [check('a')]);
    answer(up);
    await vi.advanceTimersByTimeAsync(1000);
    expect(held.health('a')).toBeUndefined();
    expect(flips).toEqual([]);
    held.stop();
  });

  it('tells which members have changed since', async () => {
    scheduler.update([check('a'), check('b')], () => false);
    const before = scheduler.version;
    expect(scheduler.changedSince(before)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([...(scheduler.changedSince(before) ?? [])].sort()).toEqual(['a', 'b']);
    outcomes.set('b', down);
    const now = scheduler.version;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(scheduler.changedSince(now)).toEqual(['b']);
    expect(scheduler.version).toBe(now + 1);
  });

  it('does not remember changes for ever', async () => {
    const many = Array.from({ length: 9000 }, (_, index) => check(`member-${index}`));
    scheduler.update(many, () => false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(scheduler.version).toBe(9000);
    expect(scheduler.changedSince(0)).toBeUndefined();
    expect(scheduler.changedSince(8999)).toHaveLength(1);
  });

  it('probes nothing after stop', async () => {
    scheduler.update([check('a')], () => false);
    scheduler.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(probed).toEqual([]);
  });
});
