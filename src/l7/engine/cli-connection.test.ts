/** Against a socket that answers as HAProxy's does, in whatever pieces it likes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliConnection } from './cli-connection.js';
import { CommandRefused, send } from './runtime.js';

let directory: string;
let path: string;
let server: Server;
let received: string;
/** What the socket says to each line; it ends by hanging up on `die`. */
let answers: Record<string, string>;
/** Bytes that are sent at a time. */
let piece: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sle-cli-'));
  path = join(directory, 'sock');
  received = '';
  answers = {};
  piece = 1 << 20;
  server = createServer((socket) => serve(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

function serve(socket: Socket): void {
  let rest = '';
  let inPayload = false;
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop()!;
    let output = '';
    for (const line of lines) {
      if (line === 'die') {
        socket.destroy();
        return;
      }
      if (inPayload || line.endsWith('<<')) {
        inPayload = line !== '';
        output += inPayload ? '+ ' : '\n> ';
        continue;
      }
      output += `${answers[line] === undefined ? '' : `${answers[line]}\n`}\n> `;
    }
    for (let at = 0; at < output.length; at += piece) {
      socket.write(output.slice(at, at + piece));
    }
  });
}

describe('answers', () => {
  it.each([1 << 20, 1, 2, 3, 7])('come in the order of the questions, in pieces of %i bytes', async (size) => {
    piece = size;
    answers = { a: 'first\nline', b: '> not a prompt', c: '' };
    const cli = await CliConnection.open(path);
    const both = [cli.ask(['a', 'b', 'none']), cli.ask(['c', 'a'])];
    expect(await Promise.all(both)).toEqual([
      ['first\nline', '> not a prompt', ''],
      ['', 'first\nline'],
    ]);
    cli.close();
  });

  it('to a payload have no signs of its lines in them', async () => {
    const cli = await CliConnection.open(path);
    expect(await cli.ask(['add map x <<\na 1\nb 2\n', 'none'])).toEqual(['', '']);
    expect(received).toContain('add map x <<\na 1\nb 2\n\nnone\n');
    cli.close();
  });

  it('of a megabyte come whole', async () => {
    answers = { big: 'x'.repeat(1 << 20) };
    piece = 1000;
    const cli = await CliConnection.open(path);
    expect((await cli.ask(['big']))[0]).toHaveLength(1 << 20);
    cli.close();
  });
});

describe('a connection that breaks', () => {
  it('breaks what was asked and what is asked afterwards', async () => {
    const cli = await CliConnection.open(path);
    await expect(Promise.all([cli.ask(['die']), cli.ask(['a'])])).rejects.toThrow('HAProxy closed the connection');
    await expect(cli.ask(['a'])).rejects.toThrow('HAProxy closed the connection');
    expect(cli.closed).toBe(true);
  });

  it('that nobody listens for says so', async () => {
    await expect(CliConnection.open(join(directory, 'other'))).rejects.toThrow('ENOENT');
  });
});

describe('commands', () => {
  it('that are answered otherwise than expected are named with their answer', async () => {
    answers = { 'del server p/s': 'No such server.' };
    const cli = await CliConnection.open(path);
    const commands = [
      { text: 'fine', success: /^$/ },
      { text: 'del server p/s', success: /deleted/ },
    ];
    const failed = send(cli, commands);
    await expect(failed).rejects.toThrow(CommandRefused);
    await expect(failed).rejects.toThrow('HAProxy answered "del server p/s" with: No such server.');
    cli.close();
  });
});
