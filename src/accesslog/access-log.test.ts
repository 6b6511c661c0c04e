import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessLogConfig } from '../config/access-log-fields.js';
import type { LoadBalancer } from '../model/resources.js';
import { AccessLog, type AccessLogOptions, logPipePath, openLogPipe } from './index.js';

const ID = '0e9c1e76-5f0c-4a53-9b8e-6f0d7f6c1a11';
const RECORD = `H\t${ID}\t1\t200\t--\t0\t3\t5\t1795286386147\t1\t2\t0\t100\t200\t192.0.2.1\t1\t192.0.2.9\t80\tx\t<NOSRV>\t-\t-\t-\t-\t0\t\tGET /a HTTP/1.1\t\n`;

let run: string;
let pipe: number;
let log: AccessLog;
let said: string[];
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'sluice-run-'));
  said = [];
  pipe = openLogPipe(run);
});
afterEach(async () => {
  await log.stop();
  closeSync(pipe);
  rmSync(run, { recursive: true });
});

const path = () => join(run, 'log', 'access.log');

function open(config: Partial<AccessLogConfig> | null = {}): AccessLog {
  const tell = (text: string) => said.push(text);
  log = new AccessLog({
    pipe: logPipePath(run),
    config: config && {
      target: 'file',
      path: path(),
      format: 'json',
      rotate_megabytes: 1,
      keep: 1,
      syslog: { address: null, facility: 'local0' },
      ...config,
    },
    log: { info: tell, warn: tell } as unknown as AccessLogOptions['log'],
  });
  log.start();
  return log;
}

function loadbalancer(name: string): LoadBalancer {
  return {
    id: 'lb',
    name,
    project_id: 'p',
    listeners: [{ id: ID, name: 'http' }],
    pools: [],
  } as unknown as LoadBalancer;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

const requests = () => log.counters().get(ID)?.requests ?? 0;
const lines = () => readFileSync(path(), 'utf8').split('\n').slice(0, -1);

describe('the access log', () => {
  it('writes lines with names, and counts them', async () => {
    open().use([loadbalancer('web')]);
    writeSync(pipe, RECORD + RECORD);
    await until(() => requests() === 2);
    await log.stop();
    expect(lines()).toHaveLength(2);
    expect(JSON.parse(lines()[0]!)).toMatchObject({ loadbalancer_name: 'web', listener_name: 'http', status: 200 });
    expect(log.lost()).toEqual({ busy: 0, unreadable: 0, slow: 0, failed: 0, too_long: 0, stopped: 0 });
  });

  it('goes on over a restart: nothing that HAProxy wrote meanwhile is missing', async () => {
    open().use([loadbalancer('web')]);
    writeSync(pipe, RECORD);
    await until(() => requests() === 1);
    await log.stop();
    writeSync(pipe, RECORD + RECORD);
    open().use([loadbalancer('web')]);
    await until(() => requests() === 3);
    await log.stop();
    expect(lines()).toHaveLength(3);
    expect(log.counters().get(ID)).toMatchObject({ requests: 3, status_2xx: 3, milliseconds: 15 });
  });

  it('forgets totals of what is no longer configured', async () => {
    open().use([loadbalancer('web')]);
    writeSync(pipe, RECORD);
    await until(() => requests() === 1);
    await log.stop();
    open();
    expect(requests()).toBe(1);
    log.use([]);
    expect(requests()).toBe(0);
  });

  it('that is not configured counts all the same', async () => {
    open(null).use([loadbalancer('web')]);
    writeSync(pipe, RECORD);
    await until(() => requests() === 1);
    await log.stop();
    expect(() => readFileSync(path())).toThrow('ENOENT');
  });

  it('with a place that cannot be written says so once, and writes when it can', async () => {
    mkdirSync(path(), { recursive: true });
    open().use([]);
    writeSync(pipe, RECORD);
    await until(() => said.length === 1);
    expect(said[0]).toMatch(/^access log, file \/.*\/access\.log: EISDIR: .*; lines wait/);
    rmSync(path(), { recursive: true });
    await log.stop();
    expect(lines()).toHaveLength(1);
  });

  it('has no place for a file where its pipe must be', () => {
    rmSync(logPipePath(run));
    writeFileSync(logPipePath(run), '');
    expect(open).toThrow(/no access log: logReader\.open .* is not a pipe: remove it/);
  });
});
