/** Iterator programs: read chunk by chunk, and pumped by a thread. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type BpfObject, bpfObjectPath, type PumpStats, readIteration } from '../../src/datapath/addon.js';
import { addon, asU32, errorOf, inNamespace, ip, loadFixture, u32, u64, until, useNamespace } from './support.js';

const namespace = useNamespace('pump');
const fixture = bpfObjectPath('fixture');
let object: BpfObject;

beforeAll(async () => {
  object = await loadFixture();
  // Interfaces that come up look for routers otherwise, and what arrives is counted below.
  ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
  ip('-n', namespace, 'link', 'add', 'out0', 'type', 'veth', 'peer', 'name', 'out1');
  ip('-n', namespace, 'link', 'set', 'out0', 'up');
  ip('-n', namespace, 'link', 'set', 'out1', 'up');
  await object.map('pairs').putBatch(u32(1, 2, 3), u64(10, 20, 30), 3);
});

async function listed(chunkSize: number): Promise<Map<number, number>> {
  const words: number[] = [];
  for await (const chunk of readIteration(object.program('list'), object.map('pairs'), chunkSize))
    words.push(...asU32(chunk));
  return new Map(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]!] as const] : [])));
}

describe('an iteration', () => {
  it.each([8, 16, 4096])('yields every element, read %i bytes at a time', async (size) => {
    expect(await listed(size)).toEqual(
      new Map([
        [1, 10],
        [2, 20],
        [3, 30],
      ]),
    );
  });

  it('fills its chunks, over 300,000 elements', async () => {
    const count = 300_000;
    const map = object.map('many');
    const keys = new Uint8Array(Uint32Array.from({ length: count }, (_, i) => i).buffer);
    await map.putBatch(keys, new Uint8Array(count * 8), count);
    const lengths: number[] = [];
    for await (const chunk of readIteration(object.program('list'), map, 1 << 20)) lengths.push(chunk.length);
    expect(lengths).toEqual([1 << 20, 1 << 20, count * 8 - 2 * (1 << 20)]);
    await map.deleteBatch(keys, count);
  });

  it('of an empty map ends at once', async () => {
    const iteration = addon.openIteration(object.program('list'), object.map('many'), 64);
    expect(await iteration.next()).toBeUndefined();
    iteration.close();
    iteration.close();
    expect(await errorOf(() => iteration.next())).toMatchObject({ code: 'EBADF', operation: 'iteration.next' });
  });

  it('is read by one at a time, and may be closed meanwhile', async () => {
    const iteration = addon.openIteration(object.program('list'), object.map('pairs'), 8);
    const first = iteration.next();
    expect(await errorOf(() => iteration.next())).toMatchObject({ code: 'EBUSY' });
    iteration.close();
    expect((await first)?.length).toBe(8);
  });

  it('needs an iterator program and a map that can be walked', async () => {
    expect(await errorOf(() => addon.openIteration(object.program('reflect'), object.map('pairs'), 8))).toMatchObject({
      operation: 'iteration.open',
      message: expect.stringContaining('reflect over pairs'),
    });
    expect(await errorOf(() => addon.openIteration(object.program('list'), object.map('slots'), 8))).toMatchObject({
      code: 'EACCES', // its values are smaller than what the program reads
    });
  });
});

describe('a pump', () => {
  it('sweeps again and again until it is stopped', async () => {
    const seen = new Set<number>();
    const pump = addon.startIteration({
      program: object.program('list'),
      map: object.map('pairs'),
      periodMs: 1,
      readSize: 16,
      onRecord: (bytes) => {
        for (const word of asU32(bytes)) seen.add(word);
      },
    });
    await until(() => pump.stats().sweeps >= 3 && seen.size === 6);
    await pump.stop();
    const stopped = pump.stats();
    expect(stopped).toMatchObject({ errors: 0, lastError: 0, frames: 0 });
    expect(stopped.bytes).toBeGreaterThanOrEqual(3 * 24);
    await pump.stop();
    expect(pump.stats()).toEqual(stopped);
  });

  it('stops promptly while it waits for its next sweep', async () => {
    const pump = addon.startIteration({
      program: object.program('list'),
      map: object.map('pairs'),
      periodMs: 3_600_000,
      readSize: 64,
    });
    await until(() => pump.stats().sweeps === 1);
    await pump.stop();
    expect(pump.stats().sweeps).toBe(1);
  });

  it('stops although nobody takes its records', async () => {
    let delivered = 0;
    const pump = addon.startIteration({
      program: object.program('list'),
      map: object.map('pairs'),
      periodMs: 1,
      readSize: 8,
      onRecord: () => delivered++,
    });
    await pump.stop();
    expect(delivered).toBeLessThanOrEqual(2 * 1024);
  });

  it('does not keep the process alive, nor does it outlive it', () => {
    const answer = inNamespace(namespace, { fixture }, async (addon, { fixture }) => {
      const object = addon.openObject(fixture);
      await object.load();
      addon.startIteration({
        program: object.program('list'),
        map: object.map('pairs'),
        periodMs: 1,
        readSize: 8,
        onRecord: () => {},
      });
      return 'ended';
    });
    expect(answer).toBe('ended');
  });
});

describe('a transmitting pump', () => {
  interface Answer {
    stats: PumpStats;
    records: number[];
    received: number;
  }

  /** Puts frames for the interfaces named (empty: none, a pause mark) into the map, pumps them, counts what out1 received. */
  function pump(interfaces: string[], readSize: number): Answer {
    return inNamespace(namespace, { fixture, interfaces, readSize }, async (addon, facts): Promise<Answer> => {
      const object = addon.openObject(facts.fixture);
      await object.load();
      const map = object.map('pairs');
      const slots = new Uint32Array(object.map('slots').mmap());
      const { link } = object.program('let_pass').attachXdp(addon.interfaceIndex('out1'), 'native');
      facts.interfaces.forEach((name, key) => {
        const index = name === '' ? 0 : name === 'gone' ? 999_999 : addon.interfaceIndex(name);
        map.put(new Uint8Array(Uint32Array.of(key).buffer), new Uint8Array(BigUint64Array.of(BigInt(index)).buffer));
      });
      const records: number[] = [];
      const pump = addon.startIteration({
        program: object.program('frames'),
        map,
        periodMs: 1,
        readSize: facts.readSize,
        pauseMicroseconds: 10,
        transmit: true,
        onRecord: (record) => records.push(record.length),
      });
      const wanted = facts.interfaces.filter((name) => name.startsWith('out')).length;
      while (records.length < facts.interfaces.length || slots[2]! < wanted)
        await new Promise((resolve) => setImmediate(resolve));
      await pump.stop();
      link.close();
      return { stats: pump.stats(), records: records.sort(), received: slots[2]! };
    });
  }

  it.each([1, 50, 4096])('sends whole frames, read %i bytes at a time', (readSize) => {
    const { stats, received } = pump(Array(20).fill('out0'), readSize);
    expect(received).toBe(20);
    expect(stats).toMatchObject({ frames: 20, bytes: 20 * 60, errors: 0 });
  });

  it('does not send pause marks', () => {
    const { stats, records } = pump(['', 'out0', ''], 4096);
    expect(records).toEqual([68, 8, 8]);
    expect(stats).toMatchObject({ frames: 1, errors: 0 });
  });

  it('counts frames for interfaces that are gone and goes on', () => {
    const { stats, received } = pump(['gone', 'out0', 'gone', 'out0'], 4096);
    expect(received).toBe(2);
    expect(stats).toMatchObject({ frames: 2, errors: 2, lastError: 6 /* ENXIO */ });
  });
});
