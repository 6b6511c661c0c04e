import { beforeEach, describe, expect, it } from 'vitest';
import { authority, issuedBy, revocationList, selfSigned, site } from '../certificates/testing/authority.js';
import type { Certificate } from '../model/state.js';
import { bodies } from '../schema/index.js';
import {
  certificateOf,
  deleteCertificate,
  deleteListener,
  updateCertificate,
  updateListener,
  updatePool,
} from './index.js';
import { caller, NOBODY, World } from './testing/world.js';

const { leaf, chain, root } = site();
const other = authority('Other Root');

let world: World;

beforeEach(() => {
  world = new World();
});

const code = (wanted: string, message?: string) =>
  expect.objectContaining({ code: wanted, ...(message ? { message: expect.stringContaining(message) } : {}) });

function update(certificate: { id: string }, body: Record<string, unknown>): Certificate {
  return world.run(updateCertificate(certificate.id, bodies.certificate.update.read(body)));
}

const web = (): Certificate => world.certificate({ name: 'web', certificate: chain, private_key: leaf.key });
const trust = (...issuers: { certificate: string }[]): Certificate =>
  world.certificate({ type: 'CLIENT_CA', certificate: issuers.map(({ certificate }) => certificate).join('') });
const revocations = (...pems: string[]): Certificate => world.certificate({ type: 'CRL', certificate: pems.join('') });

describe('a certificate', () => {
  it('is kept with its key sealed for it alone', () => {
    const certificate = web();
    expect(certificate).toMatchObject({ type: 'SERVER', project_id: 'p1', certificate: chain, name: 'web' });
    const sealed = Buffer.from(leaf.key).toString('base64');
    expect(certificate.sealed_key).toBe(`${certificate.id}:${sealed}`);
    expect(JSON.stringify(world.state.certificates.get(certificate.id))).not.toContain(leaf.key.split('\n')[1]);
  });

  it('with faults is not kept, and all of them are told', () => {
    const before = world.state;
    const body = { certificate: chain, private_key: 'x', chain: 'y' };
    expect(() => world.certificate(body)).toThrow(code('invalid_configuration', 'certificate: 2 faults'));
    expect(world.state).toBe(before);
  });

  it('is judged by the time of the request', () => {
    const { certificate, key } = selfSigned({ notAfter: '2027-01-01T00:00:00' });
    world.certificate({ certificate, private_key: key });
    world.now = '2027-01-01T00:00:00';
    expect(() => world.certificate({ certificate, private_key: key })).toThrow('expired on 2027-01-01T00:00:00');
  });

  it('belongs to a project: others do not see it, observers of all may not change it', () => {
    const certificate = web();
    world.caller = caller('p2');
    expect(() => update(certificate, { name: 'mine' })).toThrow(code('not_found'));
    expect(() => world.run(deleteCertificate(certificate.id))).toThrow(code('not_found'));
    world.caller = caller('p2', 'load-balancer_global_observer');
    expect(() => update(certificate, { name: 'mine' })).toThrow(code('permission_denied'));
    expect(() => update({ id: NOBODY }, { name: 'mine' })).toThrow(
      code('not_found', `Certificate ${NOBODY} not found.`),
    );
  });
});

describe('a certificate that is changed', () => {
  it('keeps what the change does not say', () => {
    const certificate = web();
    world.now = '2026-02-01T00:00:00';
    const changed = update(certificate, { name: 'shop' });
    expect(changed).toEqual({ ...certificate, name: 'shop', updated_at: '2026-02-01T00:00:00' });
  });

  it('is replaced with its key', () => {
    const certificate = web();
    const renewed = site();
    const changed = update(certificate, { certificate: renewed.chain, private_key: renewed.leaf.key });
    expect(changed).toMatchObject({ id: certificate.id, name: 'web', certificate: renewed.chain });
    expect(changed.sealed_key).toContain(Buffer.from(renewed.leaf.key).toString('base64'));
    expect(changed.facts.fingerprint).not.toBe(certificate.facts.fingerprint);
  });

  it('keeps its key when it was renewed for the same one', () => {
    const certificate = web();
    const renewed = issuedBy(root, { domains: ['www.example.com'], key: leaf.pair });
    const changed = update(certificate, { certificate: renewed.certificate });
    expect(changed).toMatchObject({ certificate: renewed.certificate, sealed_key: certificate.sealed_key });
  });

  it('is the very same when the change says what is so already', () => {
    const certificate = web();
    const before = world.state;
    expect(update(certificate, { certificate: chain, private_key: leaf.key, name: 'web' })).toBe(certificate);
    expect(world.state).toBe(before);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another type', { type: 'CRL' }, 'type cannot be changed'],
    ['another key alone', { private_key: other.key }, 'certificate.private_key: is not the key of the certificate'],
    [
      'another certificate alone',
      { certificate: site().chain },
      'the certificate is for another key than the one before',
    ],
    ['a chain alone', { chain: root.certificate }, 'certificate.chain: comes without its certificate; add certificate'],
    ['nothing', { certificate: null }, 'null is not a text'],
    ['authorities', { certificate: revocationList(root) }, 'has a revocation list in it'],
  ])('refuses %s', (_sentence, body, message) => {
    const certificate = web();
    expect(() => update(certificate, body)).toThrow(code('invalid_configuration', message));
    expect(world.state.certificates.get(certificate.id)).toBe(certificate);
  });
});

describe('references to certificates', () => {
  const https = { protocol: 'TERMINATED_HTTPS', protocol_port: 443 };

  it.each<[string, (id: string) => string]>([
    ['its id', (id) => id],
    ['its id in capitals', (id) => id.toUpperCase()],
    ['the URL of it', (id) => `https://lb.example.com:9876/v2/sluice/certificates/${id}`],
    ['the path that it is answered with', (id) => `/v2/sluice/certificates/${id}/`],
    ['a URL of a secret store that ends in it', (id) => `http://barbican.example.com/v1/containers/${id}`],
  ])('may be %s', (_sentence, write) => {
    const certificate = web();
    const written = write(certificate.id);
    const { default_tls_container_ref } = world.listener(world.loadbalancer(), {
      ...https,
      default_tls_container_ref: written,
    });
    expect(default_tls_container_ref).toBe(written);
    expect(certificateOf(world.state, 'p1', written)).toBe(certificate);
  });

  it('of a listener have to exist, be of its project and of the type that belongs there; all faults are told', () => {
    const lb = world.loadbalancer();
    world.caller = caller('p2');
    const foreign = web();
    world.caller = caller('p1');
    const [server, ca] = [web(), trust(root)];
    const body = {
      ...https,
      default_tls_container_ref: foreign.id,
      sni_container_refs: [server.id, ca.id, NOBODY, 'web'],
      client_authentication: 'MANDATORY',
      client_ca_tls_container_ref: server.id,
    };
    expect(() => world.listener(lb, body)).toThrow(
      expect.objectContaining({
        status: 400,
        message: [
          'listener: 5 faults; nothing was changed',
          `  listener.default_tls_container_ref: Could not retrieve certificate: ${foreign.id}; write the id of a certificate of project p1, as the list of certificates has it`,
          `  listener.sni_container_refs[1]: certificate ${ca.id} "" is of the type CLIENT_CA; write one of the type SERVER`,
          `  listener.sni_container_refs[2]: Could not retrieve certificate: ${NOBODY}; write the id of a certificate of project p1, as the list of certificates has it`,
          '  listener.sni_container_refs[3]: Could not retrieve certificate: web; write the id of a certificate of project p1, as the list of certificates has it',
          `  listener.client_ca_tls_container_ref: certificate ${server.id} "web" is of the type SERVER; write one of the type CLIENT_CA`,
        ].join('\n'),
      }),
    );
  });

  it('are checked in an update and in a tree as well', () => {
    const lb = world.loadbalancer();
    const listener = world.listener(lb, { ...https, default_tls_container_ref: web().id });
    const run = (refs: string[]) => world.run(updateListener(listener.id, { sni_container_refs: refs }));
    expect(() => run([NOBODY])).toThrow(`listener.sni_container_refs[0]: Could not retrieve certificate: ${NOBODY}`);
    expect(run([web().id]).sni_container_refs).toHaveLength(1);
    const listeners = [{ ...https, default_tls_container_ref: NOBODY }];
    expect(() => world.loadbalancer({ listeners })).toThrow(`Could not retrieve certificate: ${NOBODY}`);
  });

  it('of a pool are checked too, in a body and in a tree', () => {
    const lb = world.loadbalancer();
    const [server, ca] = [web(), trust(root)];
    const tls = { protocol: 'HTTP', tls_enabled: true };
    const pool = world.pool(lb, { ...tls, tls_container_ref: server.id, ca_tls_container_ref: ca.id });
    expect(() => world.run(updatePool(pool.id, { tls_container_ref: ca.id }))).toThrow('is of the type CLIENT_CA');
    expect(() => world.pool(lb, { ...tls, ca_tls_container_ref: NOBODY })).toThrow(
      `pool.ca_tls_container_ref: Could not retrieve certificate: ${NOBODY}`,
    );
    const pools = [{ ...tls, name: 'a', lb_algorithm: 'ROUND_ROBIN', tls_container_ref: NOBODY }];
    expect(() => world.loadbalancer({ pools })).toThrow(`Could not retrieve certificate: ${NOBODY}`);
  });

  describe('with a revocation list', () => {
    const mutual = (ca: Certificate, crl: Certificate) => ({
      ...https,
      default_tls_container_ref: web().id,
      client_authentication: 'MANDATORY',
      client_ca_tls_container_ref: ca.id,
      client_crl_container_ref: crl.id,
    });

    it('need one that the authorities have signed', () => {
      const ca = trust(other, root);
      world.listener(world.loadbalancer(), mutual(ca, revocations(revocationList(root), revocationList(other))));
      const foreign = revocations(revocationList(root), revocationList(authority('Example Root')));
      expect(() => world.listener(world.loadbalancer(), mutual(ca, foreign))).toThrow(
        'listener.client_crl_container_ref: The CRL specified is not valid for client certificate authority reference supplied.; write a revocation list of CN=Other Root, O=Example',
      );
    });

    it('and authorities still go together when either is replaced', () => {
      const [ca, crl] = [trust(root), revocations(revocationList(root))];
      const listener = world.listener(world.loadbalancer(), mutual(ca, crl));
      const misfit = code('conflict', `listener ${listener.id}: `);
      expect(() => update(ca, { certificate: other.certificate })).toThrow(misfit);
      expect(() => update(crl, { certificate: revocationList(other) })).toThrow(misfit);
      update(ca, { certificate: `${root.certificate}${other.certificate}` });
      update(crl, { certificate: revocationList(other) });
      expect(update(ca, { certificate: other.certificate }).facts.count).toBe(1);
    });

    it('in a pool are checked in the same way', () => {
      const fields = { protocol: 'HTTP', tls_enabled: true, ca_tls_container_ref: trust(root).id };
      const crl_container_ref = revocations(revocationList(other)).id;
      expect(() => world.pool(world.loadbalancer(), { ...fields, crl_container_ref })).toThrow(
        'pool.crl_container_ref: The CRL specified is not valid',
      );
    });
  });

  it('keep a certificate from being deleted, whatever form they have, until they are gone', () => {
    const lb = world.loadbalancer({ name: 'shop' });
    const [certificate, unused] = [web(), web()];
    const refs = { default_tls_container_ref: certificate.id, sni_container_refs: [`x/${certificate.id}`] };
    const listeners = [443, 444, 445, 446].map((protocol_port) => {
      return world.listener(lb, { ...https, protocol_port, name: `p${protocol_port}`, ...refs });
    });
    expect(() => world.run(deleteCertificate(certificate.id))).toThrow(
      code(
        'conflict',
        `Certificate ${certificate.id} is in use by listener p443 of load balancer shop, listener p444 of load balancer shop, listener p445 of load balancer shop and 1 more. Give them another certificate first`,
      ),
    );
    for (const { id } of listeners) {
      world.run(deleteListener(id));
    }
    world.run(deleteCertificate(certificate.id));
    expect([...world.state.certificates.keys()]).toEqual([unused.id]);
  });
});
