/** A HAProxy for tests: in a directory of its own, ended with the test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectories, writeFiles } from '../../engine/files.js';
import { type ProxyPaths, proxyPaths } from '../../engine/paths.js';
import { ensureTicketKeys } from '../../engine/tickets.js';
import type { ProxyConfig } from '../../proxy-config.js';

function written(config: ProxyConfig): ProxyPaths {
  const paths = proxyPaths(mkdtempSync(join(tmpdir(), 'sluice-proxy-')));
  makeDirectories(paths);
  ensureTicketKeys(paths.tickets);
  writeFiles(paths, undefined, config);
  return paths;
}

/** What HAProxy says about a configuration, warnings and errors; empty: nothing. */
export async function complaints(config: ProxyConfig): Promise<string> {
  const paths = written(config);
  try {
    return await new Promise((resolve) => {
      execFile('haproxy', ['-c', '-f', paths.config], { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
        const lines = `${stdout}${stderr}`.split('\n').filter((line) => /WARNING|ALERT/.test(line));
        resolve([...lines, ...(error && lines.length === 0 ? [error.message] : [])].join('\n'));
      });
    });
  } finally {
    rmSync(paths.run, { recursive: true });
  }
}

export class RunningProxy {
  private constructor(
    private readonly child: ChildProcess,
    private readonly paths: ProxyPaths,
    private readonly output: () => string,
    private readonly ended: Promise<unknown>,
  ) {}

  /** @throws Error with what HAProxy says when it does not come up */
  static async start(config: ProxyConfig): Promise<RunningProxy> {
    const paths = written(config);
    const child = spawn('haproxy', ['-db', '-f', paths.config], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
      });
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const proxy = new RunningProxy(child, paths, () => output, ended);
    while (!(await proxy.command('show info').catch(() => ''))) {
      if (child.exitCode !== null) {
        rmSync(paths.run, { recursive: true });
        throw new Error(output);
      }
      await delay(10);
    }
    return proxy;
  }

  /** What the command socket answers. */
  async command(text: string): Promise<string> {
    const socket = connect(this.paths.control);
    socket.end(`${text}\n`);
    let answer = '';
    for await (const data of socket) {
      answer += data;
    }
    return answer.trim();
  }

  /** Path of a file as sections name it. */
  path(text: string): string {
    return text.replace('{{RUN}}', this.paths.run);
  }

  get said(): string {
    return this.output();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    rmSync(this.paths.run, { recursive: true });
  }
}

/** Below those that the kernel gives to connections: nobody else takes one before HAProxy does. */
const PORTS = { first: 12_000, count: 20_000 };
let next = Math.floor(Math.random() * PORTS.count);

/** A port that nobody uses. */
export async function freePort(): Promise<number> {
  for (;;) {
    next = (next + 1) % PORTS.count;
    const port = PORTS.first + next;
    if (await isFree(port)) {
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Runs a HAProxy while something is done. */
export async function withProxy<T>(config: ProxyConfig, work: (proxy: RunningProxy) => Promise<T>): Promise<T> {
  const proxy = await RunningProxy.start(config);
  try {
    return await work(proxy);
  } finally {
    await proxy.stop();
  }
}
