/** What becomes of handles and threads that nobody closes. */
import { expect, it } from 'vitest';
import { bpfObjectPath } from '../../src/datapath/addon.js';
import { addonPath, inProcess } from './support.js';

const fixture = bpfObjectPath('fixture');

it('handles that nobody holds give back their descriptors and mappings', () => {
  const answer = inProcess({ fixture }, async (addon, { fixture }) => {
    const fs = process.getBuiltinModule('node:fs');
    const held = () => ({
      descriptors: fs.readdirSync('/proc/self/fd').length,
      mappings: fs.readFileSync('/proc/self/maps', 'utf8').split('bpf-map').length - 1,
    });
    const before = held();
    for (let i = 0; i < 5; i++) {
      const object = addon.openObject(fixture);
      await object.load();
      object.map('slots').mmap();
      await addon.openIteration(object.program('list'), object.map('pairs'), 8).next();
    }
    const most = held();
    // Finalizers run some turns of the event loop after the collection; the test's own time-out ends this otherwise.
    while (held().descriptors > before.descriptors || held().mappings > 0) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { before, most };
  });
  expect(answer.before.mappings).toBe(0);
  expect(answer.most.mappings).toBe(5);
  expect(answer.most.descriptors).toBeGreaterThan(answer.before.descriptors + 20);
});

it('a worker that is terminated takes its threads with it', () => {
  const threads = inProcess({ fixture, addonPath }, async (_, facts) => {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const fs = process.getBuiltinModule('node:fs');
    const ours = () =>
      fs
        .readdirSync('/proc/self/task')
        .map((id) => fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim())
        .filter((name) => name.startsWith('sluice-'));
    const script = `
      const { parentPort, workerData: facts } = require('node:worker_threads');
      const addon = require(facts.addonPath);
      const object = addon.openObject(facts.fixture);
      object.load().then(() => {
        const map = object.map('pairs');
        map.put(new Uint8Array(4), new Uint8Array(8));
        addon.startIteration({ program: object.program('list'), map, periodMs: 1, readSize: 8, onRecord() {} });
        addon.openRingBuffer(object.map('ring'), () => {});
        const prober = addon.openProber(() => {});
        const address = Uint8Array.of(127, 0, 0, 1);
        for (let i = 0; i < 50; i++) prober.begin({ kind: 'connect', address, port: 1, timeoutMs: 60000 });
        object.program('let_pass').testRun({ data: new Uint8Array(64), repeat: 1000000 });
        parentPort.postMessage('running');
        setInterval(() => {}, 1000);
      });`;
    const seen: string[][] = [];
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(script, { eval: true, workerData: facts });
      await new Promise((resolve) => worker.once('message', resolve));
      seen.push(ours().sort());
      await worker.terminate();
    }
    return { seen, left: ours() };
  });
  expect(threads.seen).toEqual(Array(5).fill(['sluice-probe', 'sluice-pump', 'sluice-ring']));
  expect(threads.left).toEqual([]);
});
