/** Lines as datagrams, to receivers that read, do not read, and are not there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLineSender } from '../../src/datapath/access-log.js';
import { addon, errorOf, until } from './support.js';

const PREFIX = Buffer.from('<134>');
const block = (...lines: string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

/** Binds a Unix datagram socket, which node cannot, and prints a length for each datagram; with `stuck` it never reads. */
const RECEIVER = `
import socket, sys, time
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True:
    if sys.argv[2] == "stuck":
        time.sleep(1000)
    print(receiver.recv(70000).decode()[:100], flush=True)
`;

let directory: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
});
afterAll(() => {
  for (const child of children) child.kill();
  rmSync(directory, { recursive: true });
});

async function unixReceiver(path: string, kind: 'reads' | 'stuck'): Promise<() => string[]> {
  const child = spawn('python3', ['-c', RECEIVER, path, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await until(() => text.startsWith('bound'));
  return () => text.split('\n').slice(1, -1);
}

describe('over UDP', () => {
  it('each line is a datagram behind the prefix', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      const received: string[] = [];
      const socket = await listening(address, (text) => received.push(text));
      const sender = openLineSender({ address, port: socket.address().port });
      const lines = Array.from({ length: 150 }, (_, number) => `line ${number}`);
      const bytes = block(...lines);
      expect(await sender.send(bytes, PREFIX)).toEqual({ bytes: bytes.length, tooLong: 0, errno: 0 });
      await until(() => received.length === 150);
      expect(received).toEqual(lines.map((line) => `<134>${line}`));
      sender.close();
      socket.close();
    }
  });

  it('a line that no datagram can hold is left out', async () => {
    const received: string[] = [];
    const socket = await listening('127.0.0.1', (text) => received.push(text));
    const sender = openLineSender({ address: '127.0.0.1', port: socket.address().port });
    expect(await sender.send(block('a', 'x'.repeat(70_000), 'b'), PREFIX)).toMatchObject({ tooLong: 1, errno: 0 });
    await until(() => received.length === 2);
    sender.close();
    socket.close();
  });

  it('tells that nobody listens', async () => {
    const socket = await listening('127.0.0.1', () => undefined);
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(resolve));
    const sender = openLineSender({ address: '127.0.0.1', port });
    await sender.send(block('lost'), PREFIX);
    expect(await sender.send(block('next'), PREFIX)).toMatchObject({ bytes: 0, errno: 111 });
    sender.close();
  });
});

describe('over a Unix socket', () => {
  it('each line is a datagram', async () => {
    const path = join(directory, 'reads');
    const received = await unixReceiver(path, 'reads');
    const sender = openLineSender({ path });
    await sender.send(block('a', 'b'), PREFIX);
    await until(() => received().length === 2);
    expect(received()).toEqual(['<134>a', '<134>b']);
    sender.close();
  });

  it('a receiver that does not read gets what fits, and the rest is told', async () => {
    const path = join(directory, 'stuck');
    await unixReceiver(path, 'stuck');
    const sender = openLineSender({ path });
    const bytes = block(...Array.from({ length: 5000 }, () => 'x'.repeat(200)));
    const answer = await sender.send(bytes, PREFIX);
    expect(answer.errno).toBe(11);
    expect(answer.bytes % 201).toBe(0);
    expect(answer.bytes).toBeLessThan(bytes.length);
    sender.close();
  });

  it('must exist', async () => {
    expect(await errorOf(() => openLineSender({ path: join(directory, 'none') }))).toMatchObject({ code: 'ENOENT' });
  });
});

describe('misuse', () => {
  // Wrong types are the point here.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const wrong = (value: unknown): any => value;

  it('is told in words', async () => {
    expect(() => addon.openLineSender({ path: 'x'.repeat(200) })).toThrow(/path must have 1 to 107 bytes/);
    expect(() => addon.openLineSender(wrong({ address: new Uint8Array(3), port: 1 }))).toThrow(/4 or 16 bytes/);
    const sender = addon.openLineSender({ address: Uint8Array.of(127, 0, 0, 1), port: 9 });
    expect(() => sender.send(wrong('text'), PREFIX)).toThrow(/block must be a Uint8Array/);
    sender.close();
    expect(() => sender.send(PREFIX, PREFIX)).toThrow(/the sender is closed/);
  });
});

async function listening(address: string, onText: (text: string) => void): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes) => onText(bytes.toString()));
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return socket;
}
