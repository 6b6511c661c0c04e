/** The thread that reads HAProxy's lines: blocks, its pipe, its end. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { LISTENER, record, useHandWritten } from './log-by-hand.js';
import { addon, addonPath, errorOf, until } from './support.js';

const scene = useHandWritten();

describe('blocks', () => {
  it('have whole lines, all of them, in order, and are of bounded size', async () => {
    const total = 10_000;
    let next = 0;
    let rest = '';
    while (next < total || rest !== '') {
      while (next < total && rest.length < 60_000) rest += record({ 26: `GET /${next++} HTTP/1.1` });
      const taken = scene.tryWrite(rest);
      rest = rest.slice(taken);
      if (taken === 0) await new Promise(setImmediate);
    }
    await until(() => scene.blocks.reduce((sum, block) => sum + block.lines, 0) === total);
    expect(scene.lines().map((line) => (JSON.parse(line) as { request_uri: string }).request_uri)).toEqual(
      Array.from({ length: total }, (_, number) => `/${number}`),
    );
    expect(scene.blocks.map(({ text, lines: count }) => text.split('\n').length - 1 - count)).toEqual(
      scene.blocks.map(() => 0),
    );
    expect(Math.max(...scene.blocks.map(({ text }) => text.length))).toBeLessThan(300_000);
  });

  it('that this thread does not take are dropped and counted, and the pipe is emptied all the same', () => {
    const text = record().repeat(100);
    let sent = 0;
    while (scene.reader.stats().lost === 0) {
      if (scene.tryWrite(text.slice(sent % text.length)) > 0) sent += text.length - (sent % text.length);
    }
    expect(scene.reader.stats().lost).toBeGreaterThan(0);
    expect(scene.blocks).toEqual([]);
    scene.reader.close();
    const { lines: made, lost } = scene.reader.stats();
    expect(scene.lines()).toHaveLength(made - lost);
  });

  it('that are not full come by themselves', async () => {
    expect(await scene.written(record())).toHaveLength(1);
  });

  it('that are finished come with close, and none after it', () => {
    scene.write(record());
    while (scene.reader.stats().lines === 0);
    scene.reader.close();
    expect(scene.lines()).toHaveLength(1);
    scene.write(record());
    scene.reader.close();
    expect(scene.lines()).toHaveLength(1);
  });
});

describe('the pipe', () => {
  it('is for root only, and is used again', () => {
    expect(statSync(scene.path).mode & 0o777).toBe(0o600);
    addon.makeLogPipe(scene.path);
    expect(statSync(scene.path).isFIFO()).toBe(true);
  });

  it('is not read before start: names come first', async () => {
    scene.reader.close();
    scene.write(record());
    const lines: string[] = [];
    const next = addon.openLogReader({
      path: scene.path,
      format: 'json',
      onLines: (bytes) => lines.push(String(Buffer.from(bytes))),
    });
    next.nameListener(LISTENER, 'http', 'web', 'lb', 'project');
    next.start();
    next.start();
    await until(() => lines.length === 1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ listener_name: 'http', loadbalancer_name: 'web' });
    next.close();
  });

  it('that nobody started to read is closed all the same', () => {
    addon.openLogReader({ path: scene.path, onLines: () => undefined }).close();
  });

  it('must be one', async () => {
    const file = join(scene.directory, 'file');
    writeFileSync(file, '');
    const options = { path: file, onLines: () => undefined };
    expect(await errorOf(() => addon.openLogReader(options))).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('remove it'),
    });
    expect(await errorOf(() => addon.makeLogPipe(join(scene.directory, 'no', 'pipe')))).toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('misuse', () => {
  // Wrong types are the point here.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const wrong = (value: unknown): any => value;
  const cases: [sentence: string, call: () => unknown, message: RegExp][] = [
    ['no path', () => addon.openLogReader(wrong({ onLines: () => {} })), /^logReader\.open: path must be a string/],
    ['no callback', () => addon.openLogReader(wrong({ path: scene.path })), /onLines must be a function/],
    [
      'another format',
      () => addon.openLogReader(wrong({ path: scene.path, format: 'xml', onLines: () => {} })),
      /format must be json/,
    ],
    ['a name that is none', () => scene.reader.nameListener(LISTENER, wrong(5), '', '', ''), /name must be a string/],
    ['no id', () => scene.reader.namePool('', 'x'), /id must be a string that is not empty/],
  ];
  it.each(cases)('%s', (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

it('a reader ends with the thread that opened it', async () => {
  const script = `
    const { workerData, parentPort } = require('node:worker_threads');
    require(workerData.addon).openLogReader({ path: workerData.path, format: 'json', onLines: () => {} }).start();
    parentPort.postMessage('open');
    setInterval(() => {}, 1000);`;
  scene.reader.close();
  const worker = new Worker(script, { eval: true, workerData: { addon: addonPath, path: scene.path } });
  await new Promise((resolve) => worker.once('message', resolve));
  for (let i = 0; i < 1000; i++) scene.tryWrite(record());
  await worker.terminate();
  scene.tryWrite(record());
  scene.open('json');
  await until(() => scene.lines().length > 0);
});
