/** Certificates as clients see them: chosen by name, replaced without anybody noticing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tls, webSocket } from '../l7/support/clients.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { https } from './bodies.js';

const scene = new WebScene('certificates', { backends: 1 });
const { lab } = scene;
let served: Served;
let ids: Record<'fallback' | 'exact' | 'wildcard' | 'rsa', string>;

beforeAll(async () => {
  await scene.start();
  const { authority } = scene;
  ids = {
    fallback: await scene.certificate(authority.server(['default.example']), 'fallback'),
    exact: await scene.certificate(authority.server(['a.shop.example']), 'exact'),
    wildcard: await scene.certificate(authority.server(['*.shop.example']), 'wildcard'),
    rsa: await scene.certificate(authority.intermediate('Below').server(['rsa.example'], { key: 'rsa' }), 'rsa'),
  };
  const { fallback, ...others } = ids;
  const fields = { default_pool: { name: 'apps' }, sni_container_refs: Object.values(others) };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [
      https('many', 443, fallback, fields),
      https('other', 444, ids.exact, { default_pool: { name: 'apps' } }),
    ],
  });
});
afterAll(() => scene.stop());

/** Common name of the certificate that a client gets. */
async function shown(name?: string, port = 443): Promise<string> {
  return (await tls(lab, served.vip, port, { ...(name ? { name } : {}), input: '' })).subject;
}

describe('chosen by the name a client asks for', () => {
  test.each([
    ['its own', 'a.shop.example', 'a.shop.example'],
    ['in capitals', 'A.SHOP.example', 'a.shop.example'],
    ['one of a wildcard', 'b.shop.example', '*.shop.example'],
    ['a wildcard is for one label', 'c.b.shop.example', 'default.example'],
    ['unknown: the default', 'elsewhere.example', 'default.example'],
    ['none: the default', undefined, 'default.example'],
  ])('%s', async (_, name, expected) => {
    expect(await shown(name)).toBe(expected);
  });

  test('RSA, with the certificate of its issuer', async () => {
    const options = ['-CAfile', scene.authority.file, '-verify_hostname', 'rsa.example'];
    const result = await tls(lab, served.vip, 443, { name: 'rsa.example', options, input: '' });
    expect(result).toMatchObject({ subject: 'rsa.example', chain: 2, verified: '0 (ok)' });
    expect(result.text).toMatch(/RSA/);
  });

  test('curl verifies each of them', async () => {
    for (const name of ['default.example', 'a.shop.example', 'z.shop.example', 'rsa.example']) {
      expect(await served.get(`https://${name}/`, { ca: scene.authority.file })).toMatchObject({
        code: 0,
        status: 200,
      });
    }
  });
});

describe('replaced', () => {
  const renew = (id: string, names: string[], options = {}) => {
    const { certificate, key } = scene.authority.server(names, options);
    return scene.api.expect('PUT', `/v2/sluice/certificates/${id}`, { certificate: { certificate, private_key: key } });
  };
  const serial = async (port: number) => /^serial=(\w+)/m.exec(await serialOf(port))?.[1];
  const serialOf = async (port: number) => {
    const { text } = await tls(lab, served.vip, port, { name: 'a.shop.example', input: '' });
    return lab.runOrThrow('client1', ['openssl', 'x509', '-noout', '-serial'], { input: text });
  };

  test('new connections get it on every listener, open ones go on', async () => {
    const before = await serial(443);
    const order = { url: 'wss://a.shop.example/', host: served.vip, port: 443, ca: scene.authority.file };
    const talking = webSocket(lab, { ...order, messages: ['before', 'after'], idle: 2 });
    await renew(ids.exact, ['a.shop.example']);
    const after = [await serial(443), await serial(444)];
    expect(after[0]).not.toBe(before);
    expect(after[1]).toBe(after[0]);
    expect((await talking).echoes).toEqual(['before', 'after']);
  });

  test('by one of another key type and other names', async () => {
    await renew(ids.exact, ['a.shop.example', 'new.example'], { key: 'rsa' });
    expect(await shown('new.example')).toBe('a.shop.example');
    expect(await shown('a.shop.example')).toBe('a.shop.example');
  });

  test('names of a listener are added and taken away', async () => {
    const id = await scene.certificate(scene.authority.server(['late.example']), 'late');
    await served.set('listeners', 'many', { sni_container_refs: [id] });
    expect([await shown('late.example'), await shown('b.shop.example')]).toEqual(['late.example', 'default.example']);
    await served.set('listeners', 'many', { default_tls_container_ref: ids.rsa, sni_container_refs: [] });
    expect([await shown('late.example'), await shown()]).toEqual(['rsa.example', 'rsa.example']);
  });
});

test('a certificate in use is not deleted, and no key ever comes back', async () => {
  const path = `/v2/sluice/certificates/${ids.exact}`;
  const answer = await scene.api.send({ method: 'DELETE', path });
  expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('other')]);
  for (const asked of [path, '/v2/sluice/certificates', '/v2/lbaas/listeners']) {
    expect((await scene.api.get(asked)).text).not.toMatch(/PRIVATE KEY|private_key|sealed/);
  }
});

test('one that cannot be used is refused, with what to do', async () => {
  const pair = scene.authority.server(['a.example']);
  const other = scene.authority.server(['b.example']);
  const certificate = { name: 'wrong', type: 'SERVER', certificate: pair.certificate, private_key: other.key };
  const answer = await scene.api.send({ method: 'POST', path: '/v2/sluice/certificates', body: { certificate } });
  expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(/key/i)]);
});
