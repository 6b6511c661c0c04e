/** Certificates, their lists, authorities and ticket keys change while connections go on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CliConnection } from '../../src/l7/engine/cli-connection.js';
import type { ProxyEngine } from '../../src/l7/engine/index.js';
import { configOf, type Difference } from '../../src/l7/engine/testing/configs.js';
import { rotateTicketKeys } from '../../src/l7/engine/tickets.js';
import type { ProxyConfig } from '../../src/l7/proxy-config.js';
import { freePort, openScene, type Scene } from './engine-scene.js';

let scene: Scene;
let engine: ProxyEngine;
let port: number;
let base: ProxyConfig;
const pem: Record<string, string> = {};

/** A certificate that signs itself, with its key. */
function selfSigned(name: string): string {
  const key = join(scene.runDirectory, 'made.key');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const certificate = execFileSync('openssl', [...request, '-subj', `/CN=${name}`, '-keyout', key], { stdio: 'pipe' });
  return `${certificate}${readFileSync(key, 'utf8')}`;
}

beforeAll(async () => {
  scene = await openScene();
  port = await freePort();
  for (const name of ['default', 'a', 'a-renewed', 'b', 'client', 'client-2']) {
    pem[name] = selfSigned(name);
  }
  const bind = `bind 127.0.0.1:${port} ssl crt-list {{RUN}}/lists/l_1.list tls-ticket-keys {{RUN}}/tickets.keys`;
  const answer = 'http-request return status 200 content-type text/plain lf-string %[ssl_c_s_dn(cn)]';
  base = configOf({
    frontends: new Map([['l_1', `frontend l_1\n  ${bind}\n  ${answer}`]]),
    certificates: new Map([
      ['default', pem.default!],
      ['a', pem.a!],
    ]),
    certificateLists: new Map([['l_1', ['{{RUN}}/certs/default.pem', '{{RUN}}/certs/a.pem a.example.com']]]),
    authorities: new Map([['clients', pem.client!.split('-----BEGIN PRIVATE')[0]!]]),
  });
  engine = scene.engine();
  await engine.start(base);
});

afterAll(() => scene.close());

beforeEach(async () => {
  await engine.apply(base);
});

const change = (difference: Difference) => engine.apply({ ...base, ...difference });

interface Visit {
  name: string;
  socket: TLSSocket;
}

/** A TLS connection, and whose certificate it met. */
function visit(servername: string, options: { cert?: string; key?: string; session?: Buffer } = {}): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false, ...options });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const { subject } = socket.getPeerCertificate() as PeerCertificate;
      resolve({ name: String(subject?.CN ?? ''), socket });
    });
  });
}

async function nameAt(servername: string): Promise<string> {
  const { name, socket } = await visit(servername);
  socket.destroy();
  return name;
}

/** The body of an answer on this connection. */
function request(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (data) => resolve(String(data).split('\r\n\r\n')[1]!));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  });
}

it('a renewed certificate is there at once, and connections under the old one go on', async () => {
  const { name, socket } = await visit('a.example.com');
  expect(name).toBe('a');
  const certificates = new Map([...base.certificates, ['a', pem['a-renewed']!]]);
  expect(await change({ certificates })).toEqual({ reloaded: false, commands: 2 });
  expect(await nameAt('a.example.com')).toBe('a-renewed');
  expect(await request(socket)).toBe('');
  socket.destroy();
});

it('another certificate joins a listener and leaves it', async () => {
  expect(await nameAt('b.example.com')).toBe('default');
  const joined = {
    certificates: new Map([...base.certificates, ['b', pem.b!]]),
    certificateLists: new Map([['l_1', [...base.certificateLists.get('l_1')!, '{{RUN}}/certs/b.pem b.example.com']]]),
  };
  expect(await change(joined)).toEqual({ reloaded: false, commands: 4 });
  expect(await nameAt('b.example.com')).toBe('b');
  expect(await engine.apply(base)).toMatchObject({ reloaded: false });
  expect(await nameAt('b.example.com')).toBe('default');
});

it('a certificate is for other names than before', async () => {
  const certificateLists = new Map([
    ['l_1', ['{{RUN}}/certs/default.pem', '{{RUN}}/certs/a.pem a.example.com *.a.example.org']],
  ]);
  expect(await change({ certificateLists })).toMatchObject({ reloaded: false });
  expect(await nameAt('www.a.example.org')).toBe('a');
  expect(await nameAt('a.example.com')).toBe('a');
});

it('a listener begins to ask for client certificates, and trusts others later', async () => {
  const list = [
    '{{RUN}}/certs/default.pem',
    '{{RUN}}/certs/a.pem [ca-file {{RUN}}/ca/clients.pem verify optional] a.example.com',
  ];
  const withClients = { certificateLists: new Map([['l_1', list]]) };
  expect(await change(withClients)).toMatchObject({ reloaded: true });
  const client = (name: string) => ({ cert: pem[name]!, key: pem[name]! });
  const greeted = async (name: string) => {
    const { socket } = await visit('a.example.com', client(name));
    return request(socket).finally(() => socket.destroy());
  };
  expect(await greeted('client')).toBe('client');
  await expect(greeted('client-2')).rejects.toThrow();
  const both = pem['client-2']!.split('-----BEGIN PRIVATE')[0]!;
  const authorities = new Map([['clients', `${base.authorities.get('clients')}${both}`]]);
  expect(await change({ ...withClients, authorities })).toMatchObject({ reloaded: false });
  expect(await greeted('client-2')).toBe('client-2');
});

it('another default certificate takes a reload', async () => {
  const certificateLists = new Map([['l_1', ['{{RUN}}/certs/a.pem']]]);
  const certificates = new Map([['a', pem.a!]]);
  expect(await change({ certificateLists, certificates })).toMatchObject({ reloaded: true });
  expect(await nameAt('x')).toBe('a');
});

it('a certificate that is none is refused with the reason, and the one before stays', async () => {
  const certificates = new Map([...base.certificates, ['a', 'no certificate']]);
  await expect(change({ certificates })).rejects.toThrow(/certs\/a.pem/);
  expect(await nameAt('a.example.com')).toBe('a');
});

it('a ticket is good until its key was exchanged twice, reloads or not', async () => {
  const { socket } = await visit('a.example.com');
  const [session] = await Promise.all([
    new Promise<Buffer>((resolve) => socket.once('session', resolve)),
    request(socket),
  ]);
  socket.destroy();
  const resumes = async () => {
    const { socket: next } = await visit('a.example.com', { session });
    const reused = next.isSessionReused();
    next.destroy();
    return reused;
  };
  const rotate = async () => {
    const cli = await CliConnection.open(join(scene.runDirectory, 'haproxy.sock'));
    const [answer] = await cli.ask([rotateTicketKeys(join(scene.runDirectory, 'tickets.keys')).text]);
    cli.close();
    expect(answer).toContain('updated');
  };
  expect(await resumes()).toBe(true);
  await rotate();
  expect(await resumes()).toBe(true);
  await change({ base: `${base.base}\n  timeout queue 3s` });
  expect(await resumes()).toBe(true);
  await rotate();
  expect(await resumes()).toBe(false);
});
