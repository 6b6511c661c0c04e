/** Targets that are sockets and descriptors, with somebody at the other end. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journaldTarget } from './journald.js';
import { stdoutTarget } from './stdout.js';
import { SyslogTarget } from './syslog.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-target-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe('journald', () => {
  let journal: Server;
  let path: string;
  let streams: { socket: Socket; text: string }[];
  beforeEach(async () => {
    path = join(directory, 'stdout');
    await listen();
  });
  afterEach(stop);

  async function listen(): Promise<void> {
    streams = [];
    journal = createServer((socket) => {
      const stream = { socket, text: '' };
      streams.push(stream);
      socket.setEncoding('utf8').on('data', (piece: string) => {
        stream.text += piece;
      });
    });
    await new Promise<void>((resolve) => journal.listen(path, resolve));
  }

  async function stop(): Promise<void> {
    for (const { socket } of streams) socket.destroy();
    await new Promise((resolve) => journal.close(resolve));
  }

  it('is told who writes, then gets the lines', async () => {
    const target = journaldTarget(path);
    await target.write(Buffer.from('{"a":1}\n'));
    await target.write(Buffer.from('{"a":2}\n'));
    await until(() => streams[0]?.text.endsWith('2}\n') === true);
    expect(streams[0]!.text).toBe('sluice-access\n\n6\n0\n0\n0\n0\n{"a":1}\n{"a":2}\n');
    await target.close();
  });

  it('may be restarted', async () => {
    const target = journaldTarget(path);
    await target.write(Buffer.from('a\n'));
    await stop();
    await expect(tryUntilRefused(() => target.write(Buffer.from('b\n')))).resolves.toMatch(/EPIPE|ENOENT|ECONNREFUSED/);
    await listen();
    await target.write(Buffer.from('c\n'));
    await until(() => streams[0]?.text.endsWith('c\n') === true);
    expect(streams[0]!.text).toMatch(/^sluice-access\n/);
    await target.close();
  });

  it('that does not read is left by close', async () => {
    const target = journaldTarget(path);
    await target.write(Buffer.from('a\n'));
    streams[0]!.socket.pause();
    const stuck = target.write(Buffer.alloc(8 << 20, 'x\n'));
    await target.close();
    await expect(stuck).rejects.toThrow();
  });

  /** The kernel takes what fits before it notices that the other end is gone. */
  async function tryUntilRefused(write: () => Promise<unknown>): Promise<string> {
    for (;;) {
      try {
        await write();
      } catch (error) {
        return (error as Error).message;
      }
    }
  }
});

describe('syslog', () => {
  it('to a server is RFC 5424', async () => {
    const received: string[] = [];
    const server = createSocket('udp4').on('message', (bytes) => received.push(bytes.toString()));
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const address = { host: 'localhost', port: (server.address() as AddressInfo).port };
    const target = new SyslogTarget({ address, facility: 'local3' });
    expect(target.label).toBe(`syslog localhost:${address.port}`);
    await target.write(Buffer.from('{"a":1}\n{"a":2}\n'));
    await until(() => received.length === 2);
    expect(received[1]).toMatch(/^<158>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ sluice \d+ access - \{"a":2\}$/);
    await target.close();
    server.close();
  });

  it('that nobody listens to fails, and is opened again', async () => {
    const target = new SyslogTarget({ address: null, facility: 'daemon' }, join(directory, 'log'));
    await expect(target.write(Buffer.from('a\n'))).rejects.toThrow('ENOENT');
    const other = new SyslogTarget({ address: { host: '127.0.0.1', port: 9 }, facility: 'user' });
    await other.write(Buffer.from('a\n'));
    await expect(other.write(Buffer.from('b\n'))).rejects.toThrow(/nobody takes them there \(ECONNREFUSED\)/);
    await other.write(Buffer.from('c\n'));
    await other.close();
  });
});

describe('stdout', () => {
  let descriptor: number;
  afterEach(() => closeSync(descriptor));

  it('may be a file', async () => {
    const path = join(directory, 'out');
    descriptor = openSync(path, 'a');
    const target = stdoutTarget(descriptor);
    await target.write(Buffer.from('a\n'));
    await target.write(Buffer.from('b\n'));
    await target.close();
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
  });

  it('may be a pipe whose reader is slow: then a block waits, and nothing else', async () => {
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const target = stdoutTarget(descriptor);
    const block = Buffer.alloc(1 << 20, 'x\n');
    let taken = false;
    const write = target.write(block).then(() => {
      taken = true;
    });
    let bytes = 0;
    while (bytes === 0) bytes += await readSome();
    expect(taken).toBe(false);
    while (bytes < block.length) bytes += await readSome();
    await write;
    await target.close();
  });

  /** How many bytes there were. */
  async function readSome(): Promise<number> {
    await turn();
    try {
      return readSync(descriptor, Buffer.alloc(64 << 10));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
      return 0;
    }
  }

  it('that is a socket must be the journal', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(directory, 'socket'), resolve));
    descriptor = openSync('/dev/null', 'r');
    const socket = (server as unknown as { _handle: { fd: number } })._handle.fd;
    expect(() => stdoutTarget(socket, {})).toThrow(/standard output is a socket; write target: journald/);
    const { dev, ino } = fstatSync(socket);
    expect(stdoutTarget(socket, { JOURNAL_STREAM: `${dev}:${ino}` }).label).toBe('journald');
    server.close();
  });
});
