import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { authority, issuedBy } from '../../certificates/testing/authority.js';
import { startEach } from '../testing/each-test.js';
import type { FakeGateway } from '../testing/fake-gateway.js';
import { id, scene } from '../testing/scene.js';

const PATH = '/v2/sluice/certificates';
const OLD = { id: id(10, 1), name: 'shop', type: 'SERVER' };
const issuing = authority('Example Issuing');
const ec = issuedBy(issuing, { domains: ['shop.example.com'] });

let gateway: FakeGateway;
const run = startEach(scene, (started) => {
  gateway = started;
  const ca = { ...OLD, id: id(10, 2), name: 'ca', type: 'CLIENT_CA' };
  gateway.collection(PATH, 'certificate', 'certificates', [OLD, ca]);
});

function file(name: string, content: string): string {
  const path = gateway.file(name);
  writeFileSync(path, content);
  return path;
}

describe('references to certificates', () => {
  beforeEach(() => {
    gateway.answer(`GET ${PATH}?name=blog`, { body: { certificates: [{ id: id(10, 3), name: 'blog' }] } });
  });

  it('are names, ids or URLs', async () => {
    const url = `https://lb.example.com/v2/sluice/certificates/${id(10, 9)}`;
    const options = [
      '--protocol',
      'terminated-https',
      '--port',
      '443',
      '--certificate',
      'shop',
      '--sni',
      `blog,${url}`,
    ];
    expect((await run('create', 'listener', 'web/https', ...options)).code).toBe(0);
    await run('set', 'pool', 'web/app', '--ca-tls-container-ref', 'ca');
    expect(gateway.changes).toMatchObject([
      [
        'POST /v2.0/lbaas/listeners',
        { listener: { default_tls_container_ref: OLD.id, sni_container_refs: [id(10, 3), url] } },
      ],
      [expect.stringContaining('PUT /v2.0/lbaas/pools/'), { pool: { ca_tls_container_ref: id(10, 2) } }],
    ]);
  });

  it('are added and removed by name', async () => {
    expect((await run('set', 'listener', 'web/http', '--add-sni', 'shop,blog')).code).toBe(0);
    expect(gateway.changes).toMatchObject([
      [expect.any(String), { listener: { sni_container_refs: [OLD.id, id(10, 3)] } }],
    ]);
  });
});

describe('certificates as resources', () => {
  it('are made of files, sent as they are', async () => {
    const [certificate, chain, key] = [
      file('c.pem', ec.certificate),
      file('i.pem', issuing.certificate),
      file('k.pem', ec.key),
    ];
    await run('create', 'cert', 'shop', '--certificate', certificate, '--chain', chain, '--key', key);
    expect(gateway.changes).toEqual([
      [
        `POST ${PATH}`,
        {
          certificate: {
            name: 'shop',
            certificate: ec.certificate,
            chain: issuing.certificate,
            private_key: ec.key,
          },
        },
      ],
    ]);
  });

  it('are listed with what they are for and when they end', async () => {
    const fields = { key_type: 'ECDSA-P256', not_after: '2026-03-01T00:00:00', listeners: [{ id: 'a' }] };
    const certificates = [
      { ...OLD, ...fields, domains: ['a.example.com', 'b.example.com'], subject: 'CN=a' },
      { ...OLD, ...fields, name: 'ca', type: 'CLIENT_CA', domains: [], subject: 'CN=Clients', listeners: [] },
      {
        ...OLD,
        ...fields,
        name: 'crl',
        type: 'CRL',
        domains: [],
        subject: null,
        issuer: 'CN=Clients',
        not_after: null,
        key_type: null,
      },
    ];
    gateway.answer(`GET ${PATH}?domain=a.example.com&expires_before=2026-06-01`, { body: { certificates } });
    const { out } = await run('get', 'certs', '--domain', 'a.example.com', '--expires-before', '2026-06-01');
    expect(out.split('\n').map((line) => line.replace(/ +\S+$/, ''))).toEqual([
      'NAME  TYPE       FOR                           EXPIRES     KEY TYPE    LISTENERS',
      'shop  SERVER     a.example.com, b.example.com  2026-03-01  ECDSA-P256          1',
      'ca    CLIENT_CA  CN=Clients                    2026-03-01  ECDSA-P256          0',
      'crl   CRL        CN=Clients                    -           -                   1',
      '',
    ]);
  });

  it('are shown with the first line of their PEM; JSON has all of it', async () => {
    gateway.answer(`GET ${PATH}/${OLD.id}`, { body: { certificate: { ...OLD, certificate: ec.certificate } } });
    const { out } = await run('show', 'cert', OLD.id);
    expect(out).toMatch(/certificate +-----BEGIN CERTIFICATE----- … \d+ lines/);
    const json = JSON.parse((await run('show', 'cert', OLD.id, '-o', 'json')).out);
    expect(json.certificate).toBe(ec.certificate);
  });
});
