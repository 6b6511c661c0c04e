/** TLS as it is on the wire: every version and cipher that is accepted, found by trying; session tickets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanTls, tls } from '../l7/support/clients.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { https } from './bodies.js';

const NAME = 'shop.example';
const scene = new WebScene('tls', { backends: 1 });
const { lab } = scene;
const PORTS = { intermediate: 443, modern: 444, old: 445, written: 446 };
let served: Served;

beforeAll(async () => {
  await scene.start();
  const ecdsa = await scene.certificate(scene.authority.server([NAME]), 'ecdsa');
  const rsa = await scene.certificate(scene.authority.server([NAME], { key: 'rsa' }), 'rsa');
  const pool = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [
      https('intermediate', PORTS.intermediate, rsa, pool),
      https('modern', PORTS.modern, ecdsa, { ...pool, tls_policy: 'MODERN' }),
      https('old', PORTS.old, rsa, { ...pool, tls_policy: 'OLD' }),
      https('written', PORTS.written, rsa, {
        ...pool,
        tls_versions: ['TLSv1.2'],
        tls_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305',
      }),
    ],
  });
});
afterAll(() => scene.stop());

const SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

describe('what a scanner finds', () => {
  test('by default: TLS 1.2 and 1.3, only with forward secrecy and authenticated encryption', async () => {
    const found = await scanTls(lab, served.vip, PORTS.intermediate, NAME);
    expect(found.versions).toEqual(['TLSv1.2', 'TLSv1.3']);
    expect([...found.ciphers['TLSv1.3']!].sort()).toEqual(SUITES);
    for (const cipher of found.ciphers['TLSv1.2']!) expect(cipher).toMatch(/^(ECDHE|DHE)-RSA-(AES\d+-GCM|CHACHA20)/);
    expect([found.compression, found.heartbleed]).toEqual([false, false]);
  });

  test('MODERN: TLS 1.3 alone', async () => {
    const found = await scanTls(lab, served.vip, PORTS.modern, NAME);
    expect(found.versions).toEqual(['TLSv1.3']);
    expect(Object.keys(found.ciphers)).toEqual(['TLSv1.3']);
  });

  test('OLD: also TLS 1.0 and 1.1, never SSL', async () => {
    const found = await scanTls(lab, served.vip, PORTS.old, NAME);
    expect(found.versions).toEqual(['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
    const ciphers = Object.values(found.ciphers).flat();
    for (const weak of [/RC4/, /NULL/, /EXP/, /MD5/, /^A(N|EC)?DH/])
      expect(ciphers.filter((name) => weak.test(name))).toEqual([]);
  });

  test('versions and ciphers as they are written', async () => {
    const found = await scanTls(lab, served.vip, PORTS.written, NAME);
    expect(found.versions).toEqual(['TLSv1.2']);
    expect([...found.ciphers['TLSv1.2']!].sort()).toEqual([
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ]);
  });
});

describe('what openssl is given', () => {
  const WEAK = ['-cipher', 'ALL:@SECLEVEL=0'];

  test.each<[string, keyof typeof PORTS, string[], boolean]>([
    ['TLS 1.3', 'intermediate', ['-tls1_3'], true],
    ['TLS 1.2', 'intermediate', ['-tls1_2'], true],
    ['TLS 1.1 by default', 'intermediate', ['-tls1_1', ...WEAK], false],
    ['TLS 1.0 by default', 'intermediate', ['-tls1', ...WEAK], false],
    ['TLS 1.0 where it is asked for', 'old', ['-tls1', ...WEAK], true],
    ['TLS 1.2 with MODERN', 'modern', ['-tls1_2'], false],
    ['a cipher without forward secrecy', 'intermediate', ['-tls1_2', '-cipher', 'AES128-SHA'], false],
    ['X25519', 'intermediate', ['-groups', 'X25519'], true],
    ['P-256', 'intermediate', ['-groups', 'P-256'], true],
  ])('%s', async (_, listener, options, expected) => {
    const { ok } = await tls(lab, served.vip, PORTS[listener], { name: NAME, options, input: '' });
    expect(ok).toBe(expected);
  });

  test.each(['-tls1_2', '-tls1_3'])('a ticket that resumes the session and is good for 300 s, %s', async (version) => {
    const file = `${lab.runDirectory}/session${version}`;
    const first = await tls(lab, served.vip, PORTS.intermediate, { name: NAME, options: [version, '-sess_out', file] });
    expect([first.ok, first.resumed, first.ticketLifetime]).toEqual([true, false, 300]);
    const second = await tls(lab, served.vip, PORTS.intermediate, { name: NAME, options: [version, '-sess_in', file] });
    expect([second.ok, second.resumed]).toEqual([true, true]);
  });

  test('a ticket is still good after a change that makes HAProxy start anew', async () => {
    const file = `${lab.runDirectory}/session-kept`;
    const place = { name: NAME, options: ['-tls1_3', '-sess_out', file] };
    await tls(lab, served.vip, PORTS.intermediate, place);
    await served.set('listeners', 'intermediate', { timeout_client_data: 50_000 });
    const options = ['-tls1_3', '-sess_in', file];
    expect((await tls(lab, served.vip, PORTS.intermediate, { name: NAME, options })).resumed).toBe(true);
  });
});

test('a change of the policy concerns the next connection', async () => {
  await served.set('listeners', 'old', { tls_policy: 'MODERN' });
  const options = ['-tls1_2'];
  expect((await tls(lab, served.vip, PORTS.old, { name: NAME, options, input: '' })).ok).toBe(false);
});
