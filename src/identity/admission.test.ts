import { describe, expect, it, vi } from 'vitest';
import { Admission } from './admission.js';

/** Work that ends when it is told to. */
function held() {
  let release = () => {};
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { release, work: () => done };
}

describe('admission', () => {
  it('runs so many at a time, the others in their order', async () => {
    const admission = new Admission(2, 10);
    const gates = [held(), held(), held(), held()];
    const started: number[] = [];
    const all = gates.map(({ work }, index) =>
      admission.run(async () => {
        started.push(index);
        await work();
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    gates[1]!.release();
    await all[1];
    await vi.waitFor(() => expect(started).toEqual([0, 1, 2]));
    for (const { release } of gates) {
      release();
    }
    await Promise.all(all);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('refuses what exceeds the queue and says when to come back', async () => {
    const admission = new Admission(1, 1);
    const gate = held();
    const running = [admission.run(gate.work), admission.run(gate.work)];
    await expect(admission.run(gate.work)).rejects.toMatchObject({ status: 503, retryAfter: 5 });
    gate.release();
    await Promise.all(running);
    await expect(admission.run(async () => 'free again')).resolves.toBe('free again');
  });

  it('gives the place on when work fails', async () => {
    const admission = new Admission(1, 1);
    const failing = admission.run(async () => {
      throw new Error('no');
    });
    const next = admission.run(async () => 'next');
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('next');
  });
});
