/** Clients that show certificates: verified, optional, revoked; and a browser that shows its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyPair } from '../l7/support/authority.js';
import { browse } from '../l7/support/browser.js';
import { tls } from '../l7/support/clients.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { https } from './bodies.js';

const NAME = 'members.example';
const scene = new WebScene('mutual-tls', { backends: 1 });
const PORTS = { mandatory: 443, optional: 444, revoking: 445 };
let served: Served;
let alice: KeyPair;
let mallory: KeyPair;
let revocations: string;

beforeAll(async () => {
  await scene.start();
  const { authority } = scene;
  alice = authority.client('alice');
  mallory = authority.client('mallory');
  const certificate = await scene.certificate(authority.server([NAME]));
  const client_ca_tls_container_ref = await scene.clientAuthority();
  revocations = await scene.revocations(authority.revoke(mallory));
  const headers = { 'X-SSL-Client-CN': 'true', 'X-SSL-Client-Verify': 'true' };
  const mutual = { default_pool: { name: 'apps' }, client_ca_tls_container_ref, insert_headers: headers };
  const mandatory = { ...mutual, client_authentication: 'MANDATORY' };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [
      https('mandatory', PORTS.mandatory, certificate, mandatory),
      https('optional', PORTS.optional, certificate, { ...mutual, client_authentication: 'OPTIONAL' }),
      https('revoking', PORTS.revoking, certificate, { ...mandatory, client_crl_container_ref: revocations }),
    ],
  });
});
afterAll(() => scene.stop());

/** What a client gets: its name as the member sees it, `served` without one, or `refused`. */
async function outcome(port: number, pair?: KeyPair, option = '--http2'): Promise<string> {
  const response = await served.get(`https://${NAME}:${port}/`, {
    ca: scene.authority.file,
    options: [option],
    ...(pair ? { certificate: pair.files } : {}),
  });
  if (response.status === 0) return 'refused';
  return response.echo().headers['x-ssl-client-cn']?.[0] || 'served';
}

describe('who gets in', () => {
  test.each<[string, keyof typeof PORTS, () => KeyPair | undefined, string]>([
    ['mandatory: with a certificate', 'mandatory', () => alice, 'alice'],
    ['mandatory: without one', 'mandatory', () => undefined, 'refused'],
    ['mandatory: with one of another authority', 'mandatory', () => stranger(), 'refused'],
    ['mandatory: with one that has expired', 'mandatory', () => scene.authority.client('old', { days: -1 }), 'refused'],
    ['mandatory: one that is revoked elsewhere', 'mandatory', () => mallory, 'mallory'],
    ['optional: with a certificate', 'optional', () => alice, 'alice'],
    ['optional: without one', 'optional', () => undefined, 'served'],
    ['optional: with one of another authority', 'optional', () => stranger(), 'refused'],
    ['revocations: one that is not revoked', 'revoking', () => alice, 'alice'],
    ['revocations: a revoked one', 'revoking', () => mallory, 'refused'],
  ])('%s', async (_, listener, pair, expected) => {
    expect(await outcome(PORTS[listener], pair())).toBe(expected);
  });

  test('the same over HTTP/1.1', async () => {
    expect(await outcome(PORTS.mandatory, alice, '--http1.1')).toBe('alice');
    expect(await outcome(PORTS.mandatory, undefined, '--http1.1')).toBe('refused');
  });

  test('a client is told whose certificates are taken', async () => {
    const { text } = await tls(scene.lab, served.vip, PORTS.mandatory, { name: NAME, input: '' });
    expect(text).toMatch(/Acceptable client certificate CA names\n.*Test Authority/);
  });
});

/** Of an authority nobody here knows, which calls itself the same. */
function stranger(): KeyPair {
  return scene.otherAuthority().client('alice');
}

test('a certificate that is revoked later does not get in from then on', async () => {
  const bob = scene.authority.client('bob');
  expect(await outcome(PORTS.revoking, bob)).toBe('bob');
  const certificate = scene.authority.revoke(bob);
  await scene.api.expect('PUT', `/v2/sluice/certificates/${revocations}`, { certificate: { certificate } });
  expect([await outcome(PORTS.revoking, bob), await outcome(PORTS.revoking, alice)]).toEqual(['refused', 'alice']);
});

test('Chromium loads a page over HTTP/2 with its certificate, and nothing without', async () => {
  const page = { url: `https://${NAME}/?page`, to: served.vip, ca: scene.authority.file };
  const shown = await browse(scene.lab, { ...page, certificate: alice });
  expect(shown).toContain('<title>h2</title>');
  expect(shown).toContain('"x-ssl-client-cn":["alice"]');
  expect(await browse(scene.lab, page)).not.toContain('x-ssl-client-cn');
});
