import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authority, revocationList, selfSigned, site } from '../../certificates/testing/authority.js';
import { callerOf, type Json, startApi, type TestApi } from '../testing/api.js';

const URL = '/v2/sluice/certificates';
const { leaf, intermediate, chain, root } = site();

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

async function create(fields: object = {}): Promise<Json> {
  const certificate = { name: 'web', certificate: chain, private_key: leaf.key, ...fields };
  const { status, body, text } = await api.post(URL, { certificate });
  expect([status, status === 201 ? '' : text]).toEqual([201, '']);
  return body.certificate;
}

async function listed(query: string): Promise<string[]> {
  const { status, body } = await api.get(`${URL}?${query}`);
  expect(status).toBe(200);
  return body.certificates.map(({ name }: Json) => name);
}

describe('certificates', () => {
  it('are created, shown, changed, deleted', async () => {
    const fields = { certificate: leaf.certificate, chain: intermediate.certificate, tags: ['a'] };
    const made = await create(fields);
    expect(made).toEqual({
      id: expect.any(String),
      project_id: 'shop',
      tenant_id: 'shop',
      name: 'web',
      description: '',
      tags: ['a'],
      type: 'SERVER',
      ref: `${URL}/${made.id}`,
      subject: 'CN=www.example.com, O=Example',
      issuer: 'CN=Example Issuing, O=Example',
      domains: ['www.example.com'],
      not_before: '2020-01-01T00:00:00',
      not_after: '2049-12-31T23:59:59',
      serial: expect.stringMatching(/^[0-9A-F]+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      key_type: 'ECDSA-P256',
      count: 2,
      certificate: chain,
      listeners: [],
      pools: [],
      warnings: [],
      created_at: expect.any(String),
      updated_at: null,
    });
    expect((await api.get(made.ref)).body.certificate).toEqual(made);
    const renewed = site();
    const change = { certificate: { certificate: renewed.chain, private_key: renewed.leaf.key } };
    const changed = (await api.put(made.ref, change)).body.certificate;
    expect(changed).toMatchObject({ id: made.id, name: 'web', certificate: renewed.chain });
    expect((await api.delete(made.ref)).status).toBe(204);
    expect((await api.get(made.ref)).status).toBe(404);
  });

  it('never come with their key, not in an answer and not in the audit', async () => {
    const secret = leaf.key.split('\n')[1]!;
    const made = await create();
    const texts = [
      await api.put(made.ref, { certificate: { private_key: leaf.key, certificate: chain } }),
      await api.get(made.ref),
      await api.get(URL),
      await api.get(`${URL}?fields=private_key,sealed_key,id`),
      // Written to the wrong place: refused, and kept as such.
      await api.put(made.ref, { certificate: { certificate: leaf.key } }),
      await api.put(made.ref, { certificate: { chain: leaf.key.replace(/-----[^-]+-----/g, '') } }),
      await api.post(URL, { certificate: { certificate: `${chain}${leaf.key}`, private_key: leaf.key } }),
      await api.post(URL, { certificate: { private_key: [leaf.key] } }),
    ].map(({ text }) => text);
    const kept = JSON.stringify(api.control.entries);
    expect(api.control.entries).toHaveLength(6);
    for (const text of [...texts, kept, JSON.stringify(made)]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain('sealed');
    }
    expect(kept).toContain('"private_key":"***"');
  });

  it('are refused with every fault on one line', async () => {
    const { status, body } = await api.post(URL, {
      certificate: { certificate: 'x', private_key: 'y', colour: 'red' },
    });
    expect(status).toBe(400);
    expect(body.faultstring).toContain('unknown field colour');
    const faulty = await api.post(URL, {
      certificate: { certificate: chain.replaceAll('E-----', 'E----'), private_key: root.key },
    });
    expect(faulty.status).toBe(400);
    expect(faulty.body.faultstring).toMatch(
      /certificate\.certificate: line 1 is not a BEGIN or END line as PEM has them/,
    );
    expect((await api.post(URL, { certificate: {} })).body.faultstring).toContain('certificate is missing');
    expect((await api.put(`${URL}/${(await create()).id}`, { certificate: { type: 'CRL' } })).status).toBe(400);
  });

  it('that a listener or pool uses say so, and are not deleted', async () => {
    const [certificate, ca, crl] = [
      await create(),
      await create({ type: 'CLIENT_CA', certificate: root.certificate, private_key: null }),
      await create({ type: 'CRL', certificate: revocationList(root), private_key: null }),
    ];
    const { loadbalancer } = await api.createWeb();
    const listener = await api.create('listeners', 'listener', {
      loadbalancer_id: loadbalancer.id,
      protocol: 'TERMINATED_HTTPS',
      protocol_port: 443,
      default_tls_container_ref: certificate.ref,
      client_authentication: 'MANDATORY',
      client_ca_tls_container_ref: ca.id,
      client_crl_container_ref: crl.id,
    });
    const pool = await api.create('pools', 'pool', {
      loadbalancer_id: loadbalancer.id,
      protocol: 'HTTP',
      lb_algorithm: 'ROUND_ROBIN',
      tls_enabled: true,
      tls_container_ref: certificate.id,
    });
    expect((await api.get(certificate.ref)).body.certificate).toMatchObject({
      listeners: [{ id: listener.id }],
      pools: [{ id: pool.id }],
    });
    for (const { ref, id } of [certificate, ca, crl]) {
      const { status, body } = await api.delete(ref);
      expect([status, body.faultstring]).toEqual([409, expect.stringContaining(`Certificate ${id} is in use by `)]);
    }
  });

  it('that do not exist are a fault of the listener that refers to them, as in Octavia', async () => {
    const { loadbalancer } = await api.createWeb();
    const { status, body } = await api.post('/v2/lbaas/listeners', {
      listener: {
        loadbalancer_id: loadbalancer.id,
        protocol: 'TERMINATED_HTTPS',
        protocol_port: 443,
        default_tls_container_ref: 'http://barbican/v1/containers/nothing',
      },
    });
    expect(status).toBe(400);
    expect(body.faultstring).toContain('Could not retrieve certificate: http://barbican/v1/containers/nothing');
  });

  it('of other projects are not there', async () => {
    const { ref } = await create();
    api.caller = callerOf('bank', 'member');
    expect(await listed('')).toEqual([]);
    expect([(await api.get(ref)).status, (await api.delete(ref)).status]).toEqual([404, 404]);
    api.caller = callerOf('shop', 'reader');
    expect(await listed('')).toEqual(['web']);
    expect((await api.delete(ref)).status).toBe(403);
  });

  it('are as many as the quota admits', async () => {
    await api.put('/v2/lbaas/quotas/shop', { quota: { certificate: 1 } });
    await create();
    const again = await api.post(URL, { certificate: { certificate: chain, private_key: leaf.key } });
    expect([again.status, again.body.faultstring]).toEqual([
      403,
      expect.stringMatching(/^Quota has been met for resources: Certificate\./),
    ]);
  });
});

describe('the list of certificates', () => {
  beforeEach(async () => {
    const wild = selfSigned({
      name: 'wild',
      domains: ['*.example.com', 'example.com'],
      notAfter: '2027-03-01T00:00:00',
    });
    await create();
    await create({ name: 'wild', certificate: wild.certificate, private_key: wild.key, tags: ['b'] });
    await create({
      name: 'clients',
      type: 'CLIENT_CA',
      certificate: authority('Clients').certificate,
      private_key: null,
    });
    const endless = revocationList(root, [], { next: null });
    await create({ name: 'gone', type: 'CRL', certificate: endless, private_key: null });
  });

  it.each<[string, string[]]>([
    ['', ['web', 'wild', 'clients', 'gone']],
    ['type=SERVER', ['web', 'wild']],
    ['tags=b', ['wild']],
    ['sort=name:desc', ['wild', 'web', 'gone', 'clients']],
    ['sort=not_after&limit=2', ['gone', 'wild']],
    ['domain=www.example.com', ['web', 'wild']],
    ['domain=WWW.Example.com&type=SERVER&name=wild', ['wild']],
    ['domain=example.com', ['wild']],
    ['domain=*.example.com', ['wild']],
    ['domain=a.www.example.com', []],
    ['domain=example.com&domain=www.example.com', ['web', 'wild']],
    ['domains=*.example.com', ['wild']],
    ['expires_before=2027-03-01', []],
    ['expires_before=2027-03-01T00:00:01Z', ['wild']],
    ['expires_before=2100-01-01', ['web', 'wild', 'clients']],
    ['key_type=ECDSA-P256&not_after=2027-03-01T00:00:00', ['wild']],
  ])('?%s', async (query, names) => {
    expect(await listed(query)).toEqual(names);
  });

  it('has the PEM of each only where it is asked for', async () => {
    const [short] = (await api.get(URL)).body.certificates;
    expect([short.certificate, short.warnings, short.subject]).toEqual([undefined, undefined, expect.any(String)]);
    const [long] = (await api.get(`${URL}?fields=certificate&name=web`)).body.certificates;
    expect(long).toEqual({ certificate: chain });
  });

  it.each(['expires_before=soon', 'expires_before=2026-13-01', 'expires_before=', 'colour=red'])(
    'refuses ?%s',
    async (query) => {
      expect((await api.get(`${URL}?${query}`)).status).toBe(400);
    },
  );

  it('pages', async () => {
    const first = (await api.get(`${URL}?limit=3`)).body;
    expect(first.certificates_links.map(({ rel }: Json) => rel)).toEqual(['next']);
    const marker = first.certificates.at(-1).id;
    expect(await listed(`limit=3&marker=${marker}`)).toEqual(['gone']);
  });
});
