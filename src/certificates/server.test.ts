import { describe, expect, it } from 'vitest';
import { authority, ecPair, issuedBy, type Pair, rsaPair, SERVER_AUTH, selfSigned, site } from './testing/authority.js';
import { openssl } from './testing/openssl.js';
import { block, faultsOf, SITE, signedWith, upload } from './testing/uploads.js';
import type { Upload } from './upload.js';

const { root, intermediate, leaf, chain } = SITE;
const other = site('other.example.com');
const rsa = rsaPair();
const rsaLeaf = issuedBy(intermediate, { domains: ['www.example.com'], key: rsa });

describe('a server certificate', () => {
  it('is kept in canonical form, its key as PKCS#8, with what it says', () => {
    const checked = upload({ chain: root.certificate });
    expect(checked).toMatchObject({ certificate: `${chain}${root.certificate}`, key: leaf.key });
    expect(checked.facts).toEqual({
      subject: 'CN=www.example.com, O=Example',
      issuer: 'CN=Example Issuing, O=Example',
      domains: ['www.example.com'],
      not_before: '2020-01-01T00:00:00',
      not_after: '2049-12-31T23:59:59',
      serial: leaf.serial.toString(16).toUpperCase(),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      key_type: 'ECDSA-P256',
      count: 3,
    });
  });

  const accepted: [string, Partial<Upload>][] = [
    ['with the chain in a field of its own', { certificate: leaf.certificate, chain: intermediate.certificate }],
    ['without its issuer', { certificate: leaf.certificate }],
    ['with lines that end as on Windows', { certificate: chain.replaceAll('\n', '\r\n') }],
    ['with a byte order mark', { certificate: `\uFEFF${chain}`, private_key: `\uFEFF${leaf.key}` }],
    ['on one line', { certificate: chain.replaceAll('\n', ' ') }],
    ['whose blocks were put together without a line end', { certificate: chain.replaceAll('-\n-', '--') }],
    ['with the text of openssl in front', { certificate: `Bag Attributes\n    friendlyName: www\n${chain}` }],
    [
      'with comments between its blocks',
      { certificate: `# ours\n${leaf.certificate}# theirs\n${intermediate.certificate}` },
    ],
    ['by its older marker', { certificate: leaf.certificate.replaceAll('CERTIFICATE', 'X509 CERTIFICATE') }],
    ['with empty lines around it', { certificate: `\n\n${chain}\n\n` }],
  ];
  it.each(accepted)('is taken %s', (_sentence, fields) => {
    expect(upload(fields).certificate.startsWith(leaf.certificate)).toBe(true);
  });

  it.each<[string, () => Pair, string]>([
    ['RSA of 2048 bits', () => rsa, 'RSA-2048'],
    ['RSA of 3072 bits', () => rsaPair(3072), 'RSA-3072'],
    ['P-384', () => ecPair('secp384r1'), 'ECDSA-P384'],
    ['P-521', () => ecPair('secp521r1'), 'ECDSA-P521'],
  ])('is taken with a key of %s', (_sentence, pair, key_type) => {
    expect(upload(signedWith(pair())).facts.key_type).toBe(key_type);
  });

  it.each<[string, string]>([
    ['PKCS#8', rsaLeaf.key],
    ['PKCS#1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['PKCS#1 as openssl writes it', openssl('rsa -traditional -in FILE', rsaLeaf.key).toString()],
  ])('is taken with an RSA key in %s, which becomes PKCS#8', (_sentence, private_key) => {
    expect(upload({ certificate: rsaLeaf.certificate, private_key }).key).toBe(rsaLeaf.key);
  });

  it.each<[string, string]>([
    ['SEC 1', leaf.pair.privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
    [
      'SEC 1 behind its parameters',
      `${block('EC PARAMETERS', 'BggqhkjOPQMBBw==')}${leaf.pair.privateKey.export({ type: 'sec1', format: 'pem' })}`,
    ],
  ])('is taken with an EC key in %s, which becomes PKCS#8', (_sentence, private_key) => {
    expect(upload({ private_key }).key).toBe(leaf.key);
  });

  it('keeps the key of the one before when it was renewed for the same', () => {
    const renewed = issuedBy(intermediate, { domains: ['www.example.com'], key: leaf.pair });
    const fields = { certificate: renewed.certificate, private_key: null, keptKeyOf: chain };
    expect(upload(fields)).toMatchObject({ certificate: renewed.certificate, key: null });
    expect(faultsOf({ ...fields, certificate: other.chain })).toEqual([
      'private_key: is missing: the certificate is for another key than the one before; add private_key: the key that its request was made with',
    ]);
  });

  it('knows the names that clients ask for: DNS and IP, in small letters, each once', () => {
    const domains = [
      'WWW.Example.com',
      '*.example.com',
      'www.example.com',
      '198.18.0.10',
      '2001:db8::1',
      'a\nb',
      'x y',
    ];
    const { certificate, key } = selfSigned({ domains });
    expect(upload({ certificate, private_key: key }).facts.domains).toEqual([
      'www.example.com',
      '*.example.com',
      '198.18.0.10',
      '2001:db8::1',
    ]);
  });

  it('is taken without a name of its own', () => {
    const { certificate, key } = selfSigned({ name: 'old style' });
    expect(upload({ certificate, private_key: key }).facts).toMatchObject({ domains: [], subject: expect.any(String) });
  });

  it('is taken with a root at the end that is signed with SHA-1: it is trusted for itself', () => {
    const old = authority('Old Root', undefined, { hash: 'sha1' });
    const { certificate, key } = issuedBy(old, { domains: ['www.example.com'] });
    expect(upload({ certificate, chain: old.certificate, private_key: key }).facts.count).toBe(2);
  });

  it('is taken when it is for servers only', () => {
    const { certificate, key } = issuedBy(root, { domains: ['a.example.com'], usages: [SERVER_AUTH] });
    expect(upload({ certificate, private_key: key }).facts.domains).toEqual(['a.example.com']);
  });
});
