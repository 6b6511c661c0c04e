import { beforeAll, describe, expect, it } from 'vitest';
import type { BpfObject } from '../../src/datapath/addon.js';
import { addon, asU32, errorOf, loadFixture, until } from './support.js';

let object: BpfObject;
beforeAll(async () => {
  object = await loadFixture();
});

/** A packet whose first four bytes are the number. */
function packet(number: number): Uint8Array {
  const bytes = new Uint8Array(64);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

describe('a ring buffer', () => {
  it('delivers every record, in order', async () => {
    const received: number[] = [];
    const ring = addon.openRingBuffer(object.map('ring'), (record) => received.push(...asU32(record)));
    const expected = Array.from({ length: 200 }, (_, i) => i);
    for (const number of expected) await object.program('record').testRun({ data: packet(number) });
    await until(() => received.length === expected.length);
    expect(received).toEqual(expected);
    ring.close();
    ring.close();
  });

  it('delivers nothing after close', async () => {
    const received: number[] = [];
    const map = object.map('ring');
    addon.openRingBuffer(map, (record) => received.push(...asU32(record))).close();
    await object.program('record').testRun({ data: packet(1) });
    const again: number[] = [];
    const ring = addon.openRingBuffer(map, (record) => again.push(...asU32(record)));
    await object.program('record').testRun({ data: packet(2) });
    await until(() => again.includes(2));
    expect(received).toEqual([]);
    ring.close();
  });

  it('goes on after a callback that throws', async () => {
    const received: number[] = [];
    const thrown: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error.message));
    const ring = addon.openRingBuffer(object.map('ring'), (record) => {
      received.push(...asU32(record));
      if (received.length === 1) throw new Error('not today');
    });
    for (const number of [1, 2, 3]) await object.program('record').testRun({ data: packet(number) });
    await until(() => received.length === 3);
    expect(thrown).toEqual(['not today']);
    ring.close();
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  });

  it('needs a map of that type', async () => {
    const error = await errorOf(() => addon.openRingBuffer(object.map('pairs'), () => {}));
    expect(error).toMatchObject({
      code: 'EINVAL',
      operation: 'ringBuffer.open',
      message: expect.stringContaining('pairs'),
    });
  });
});
