import { describe, expect, it } from 'vitest';
import { authority, revocationList, rsaPair, site } from './testing/authority.js';
import { block, derOf, faultsOf, SITE, upload } from './testing/uploads.js';
import type { Upload } from './upload.js';

const { root, intermediate, chain } = SITE;
const other = site('other.example.com');
const ca = (certificate: string): Partial<Upload> => ({ type: 'CLIENT_CA', certificate, private_key: null });
const crl = (certificate: string): Partial<Upload> => ({ type: 'CRL', certificate, private_key: null });

describe('authorities of clients', () => {
  it('are kept, each once, with the earliest of their ends', () => {
    const soon = authority('Soon', undefined, { notBefore: '2025-01-01T00:00:00', notAfter: '2027-01-01T00:00:00' });
    const { certificate, key, facts } = upload(ca(`${root.certificate}${soon.certificate}${root.certificate}`));
    expect([certificate, key]).toEqual([`${root.certificate}${soon.certificate}`, null]);
    expect(facts).toMatchObject({
      subject: 'CN=Example Root, O=Example',
      domains: [],
      not_before: '2025-01-01T00:00:00',
      not_after: '2027-01-01T00:00:00',
      count: 2,
    });
  });

  it('need no order', () => {
    expect(upload(ca(`${root.certificate}${other.root.certificate}${intermediate.certificate}`)).facts.count).toBe(3);
  });

  it.each<[string, Partial<Upload>, string]>([
    [
      'the certificate of a server',
      ca(chain),
      "certificate: certificate 1 (CN=www.example.com, O=Example) is not an authority's: it may not issue certificates; write the certificate of the authority",
    ],
    [
      'an expired one',
      ca(authority('Old', undefined, { notAfter: '2025-01-01T00:00:00' }).certificate),
      'certificate: certificate 1 (CN=Old, O=Example) expired on 2025-01-01T00:00:00 UTC',
    ],
    [
      'one with a short key',
      ca(authority('Short', undefined, { key: rsaPair(1024) }).certificate),
      'has an RSA key of 1024 bits, and TLS refuses every client by it',
    ],
    [
      'a key',
      { ...ca(root.certificate), private_key: root.key },
      'private_key: does not belong to the type CLIENT_CA; leave it out, or write type: SERVER',
    ],
    [
      'a key among them',
      ca(`${root.certificate}${root.key}`),
      'certificate: has a private key in it; leave it out, it is nobody else’s business',
    ],
    [
      'a revocation list',
      ca(revocationList(root)),
      'certificate: has a revocation list in it; make an object of the type CRL for it',
    ],
    [
      'a chain',
      { ...ca(root.certificate), chain: intermediate.certificate },
      'chain: does not belong to the type CLIENT_CA',
    ],
    ['too many', ca(root.certificate.repeat(201)), 'certificate: has 201 of them, at most 200 are taken'],
  ])('are refused with what to fix: %s', (_sentence, fields, fault) => {
    expect(faultsOf(fields)).toEqual([expect.stringContaining(fault)]);
  });
});

describe('a revocation list', () => {
  it('is kept with who made it and when the next one comes', () => {
    const list = revocationList(root, [1, 2], { made: '2026-01-01T00:00:00', next: '2026-02-01T00:00:00' });
    const { certificate, key, facts } = upload(crl(list));
    expect([certificate, key]).toEqual([list, null]);
    expect(facts).toEqual({
      subject: null,
      issuer: 'CN=Example Root, O=Example',
      domains: [],
      not_before: '2026-01-01T00:00:00',
      not_after: '2026-02-01T00:00:00',
      serial: null,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      key_type: null,
      count: 1,
    });
  });

  it('need not say when the next one comes', () => {
    expect(upload(crl(revocationList(root, [], { next: null }))).facts.not_after).toBeNull();
  });

  it('may be several, one of each authority; the earliest end counts', () => {
    const soon = revocationList(other.root, [7], { next: '2026-03-01T00:00:00' });
    expect(upload(crl(`${revocationList(root)}${soon}`)).facts).toMatchObject({
      count: 2,
      not_after: '2026-03-01T00:00:00',
    });
  });

  it.each<[string, Partial<Upload>, string]>([
    [
      'one that is out of date',
      crl(revocationList(root, [], { next: '2026-01-31T12:00:00' })),
      'the revocation list of CN=Example Root, O=Example was to be replaced on 2026-01-31T12:00:00 UTC, and TLS refuses every client by it; get the present one',
    ],
    [
      'a certificate',
      crl(root.certificate),
      'certificate: has a certificate in it; write the blocks -----BEGIN X509 CRL----- only',
    ],
    [
      'a damaged one',
      crl(block('X509 CRL', 'MAA=')),
      'certificate: is no revocation list that can be read; get it again from the authority',
    ],
    [
      'a certificate under its marker',
      crl(root.certificate.replaceAll('CERTIFICATE', 'X509 CRL')),
      'is no revocation list that can be read',
    ],
    ['DER', crl(derOf(revocationList(root)).toString('latin1')), 'is binary, not PEM text'],
    ['a key', { ...crl(revocationList(root)), private_key: root.key }, 'private_key: does not belong to the type CRL'],
    ['too many', crl(revocationList(root).repeat(21)), 'certificate: has 21 of them, at most 20 are taken'],
  ])('is refused with what to fix: %s', (_sentence, fields, fault) => {
    expect(faultsOf(fields)).toEqual([expect.stringContaining(fault)]);
  });
});
