import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import { parseTree } from '../config/tree.js';
import { refusalOf } from '../model/testing/refusal.js';
import { emptyState } from '../store/rows.js';
import { HaproxyLayer7, type ProxyInput } from './layer7.js';

const BUILT = 'Feature list : -ENGINE +EPOLL +OPENSSL +PCRE2 +PCRE2_JIT +THREAD +TPROXY';
const HAPROXY = `HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\n${BUILT}`;
const STATES =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port\n' +
  '3 p_POOL_9000_60000_tcp 1 198.18.2.11:8080 198.18.2.11 2 0 1 8080\n' +
  '3 p_POOL_9000_60000_tcp 2 198.18.2.12:8080 198.18.2.12 0 0 1 8080\n' +
  '3 p_POOL_9000_60000_tcp 3 198.18.2.13:8080 198.18.2.13 2 1 1 8080\n' +
  '4 p_other 1 198.18.2.14:8080 198.18.2.14 2 0 1 8080\n';

const health: ProxyInput['health'] = { get: () => undefined };

/** A load balancer with one listener, whose members are 198.18.2.11 to .14 at port 8080. */
function inputOf(listener: object, pool: object | null, balancer: object = {}): ProxyInput {
  const members = [11, 12, 13, 14].map((last) => ({ address: `198.18.2.${last}`, protocol_port: 8080 }));
  const default_pool = pool && { name: 'servers', lb_algorithm: 'ROUND_ROBIN', members, ...pool };
  const listeners = [{ protocol_port: 80, default_pool, ...listener }];
  const specs = parseTree(JSON.stringify([{ name: 'web', vip_address: '198.18.0.10', listeners, ...balancer }]));
  const { loadbalancers } = mergeTree({ loadbalancers: [] }, specs).tree;
  return { state: { ...emptyState(), loadbalancers }, health, specifications: new Map() };
}

const TCP = inputOf({ protocol: 'TCP' }, { protocol: 'TCP' });
const HTTP = inputOf({ protocol: 'HTTP' }, { protocol: 'HTTP' });

describe('HaproxyLayer7', () => {
  let directory: string;
  let run: string;
  const servers: Server[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-layer7-'));
    run = join(directory, 'run');
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await new Promise((resolve) => server.close(resolve));
    }
    for (const child of children.splice(0)) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(directory, { recursive: true });
  });

  function layer7(binary: string): HaproxyLayer7 {
    const proxy = { binary, user: 'haproxy', threads: null, max_connections: null, run_dir: run };
    return new HaproxyLayer7({
      config: { proxy, accessLog: null },
      log: pino({ level: 'silent' }),
      vault: () => {
        throw new Error('there is no certificate');
      },
      metricsOf: async () => undefined,
      onEvent: () => undefined,
    });
  }

  /** A program that says this and nothing else. */
  async function program(text: string): Promise<string> {
    const path = join(directory, 'haproxy');
    await writeFile(path, `#!/bin/sh\ncat <<'EOF'\n${text}\nEOF\n`);
    await chmod(path, 0o755);
    return path;
  }

  async function opened(binary: string): Promise<HaproxyLayer7> {
    const made = layer7(binary);
    await made.open();
    return made;
  }

  /** A process that looks like the HAProxy of the run directory. */
  async function haproxyRuns(): Promise<void> {
    const words = ['-W', '-S', `${run}/master.sock,mode,600`, '-f', `${run}/haproxy.cfg`];
    const argv = ['-e', 'console.log("up"); setInterval(() => {}, 1e6)', '--', ...words];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    await once(child.stdout!, 'data');
    await mkdir(run);
    await writeFile(`${run}/haproxy.pid`, `${child.pid}\n`);
  }

  /** Answers on the command socket as HAProxy does. */
  async function answering(states: string): Promise<void> {
    const server = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.trimEnd().split('\n')) {
          socket.write(line === 'show servers state' ? `${states}\n> ` : '\n> ');
        }
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(`${run}/haproxy.sock`, resolve));
  }

  it.each([
    ['HTTP', HTTP],
    ['PROMETHEUS', inputOf({ protocol: 'PROMETHEUS' }, null)],
    ['TCP with a PROXY pool', inputOf({ protocol: 'TCP' }, { protocol: 'PROXY' })],
    ['HTTPS with a PROXYV2 pool', inputOf({ protocol: 'HTTPS' }, { protocol: 'PROXYV2' })],
    ['TCP to members that want TLS', inputOf({ protocol: 'TCP' }, { protocol: 'TCP', tls_enabled: true })],
  ])('without HAProxy a listener that needs it is refused, with what to install: %s', async (_listener, input) => {
    const missing = await opened('/nowhere/haproxy');
    const { code, status, message } = refusalOf(() => missing.plan(input));
    expect([code, status]).toEqual(['unsupported', 501]);
    expect(message).toMatch(/\/nowhere\/haproxy is not there; install HAProxy 2\.6 or newer.*proxy\.binary/);
  });

  it.each([
    ['no listener needs it', TCP],
    ['those that do are switched off', inputOf({ protocol: 'HTTP', admin_state_up: false }, { protocol: 'HTTP' })],
    ['their load balancer is', inputOf({ protocol: 'HTTP' }, { protocol: 'HTTP' }, { admin_state_up: false })],
  ])('without HAProxy nothing is missing while %s', async (_sentence, input) => {
    const missing = await opened('/nowhere/haproxy');
    expect(missing.plan(input)).toBeUndefined();
    await missing.apply(undefined, input.state.loadbalancers);
    expect([missing.stats(), missing.status(), missing.requests().size]).toEqual([undefined, null, 0]);
  });

  it('a HAProxy that is too old counts as missing', async () => {
    const old = await opened(await program(`HA-Proxy version 2.2.9-2+deb11u5 2023/04/10\n${BUILT}`));
    expect(old.plan(TCP)).toBeUndefined();
    expect(refusalOf(() => old.plan(HTTP))).toMatchObject({ code: 'unsupported', status: 501 });
  });

  it('plans what listeners need, and nothing where none does', async () => {
    const made = await opened(await program(HAPROXY));
    const { listeners, pools } = HTTP.state.loadbalancers[0]!;
    const config = made.plan(HTTP);
    expect([...config!.frontends.keys()]).toEqual([`l_${listeners[0]!.id}`]);
    expect([...config!.backends.keys()]).toEqual([`p_${pools[0]!.id}`]);
    expect(made.plan(TCP)).toBeUndefined();
  });

  it('plans the same for the same', async () => {
    const made = await opened(await program(HAPROXY));
    expect(made.plan({ ...HTTP })).toBe(made.plan({ ...HTTP }));
  });

  it('believes the HAProxy of an earlier daemon about the members that it uses', async () => {
    const { loadbalancers } = HTTP.state;
    const [pool] = loadbalancers[0]!.pools;
    await haproxyRuns();
    await answering(STATES.replaceAll('POOL', pool!.id));
    const made = await opened(await program(HAPROXY));
    expect([...made.serving(loadbalancers)]).toEqual([pool!.members[0]!.id]);
    expect(made.serving([]).size).toBe(0);
  });

  it('believes in no member where no HAProxy runs', async () => {
    const made = await opened(await program(HAPROXY));
    expect(made.serving(HTTP.state.loadbalancers).size).toBe(0);
  });

  it.each([
    ['does not answer', async () => undefined],
    [
      'breaks off',
      async () => {
        const server = createServer((socket) => socket.destroy());
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(`${run}/haproxy.sock`, resolve));
      },
    ],
  ])('starts nevertheless, and believes in no member, where the HAProxy that runs %s', async (_sentence, prepare) => {
    await haproxyRuns();
    await prepare();
    const made = await opened(await program(HAPROXY));
    expect(made.serving(HTTP.state.loadbalancers).size).toBe(0);
    expect(made.plan(HTTP)?.frontends.size).toBe(1);
  });

  it('has nothing to let go of, and leaves nothing behind, where nothing was begun', async () => {
    const made = await opened(await program(HAPROXY));
    await made.apply(undefined, []);
    await made.close();
    expect(existsSync(run)).toBe(false);
  });
});
