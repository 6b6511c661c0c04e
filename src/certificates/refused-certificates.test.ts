import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authority, ecPair, issuedBy, type Pair, rsaPair } from './testing/authority.js';
import { block, bodyOf, faultsOf, SITE, signedWith } from './testing/uploads.js';

const { root, intermediate, leaf } = SITE;
const weak = { rsa: rsaPair(), short: rsaPair(1024) };

describe('a server certificate is refused with what to fix:', () => {
  it('a chain of eleven', () => {
    let issuer = root;
    let certificate = '';
    for (let level = 0; level < 11; level += 1) {
      issuer = authority(`Level ${level}`, issuer);
      certificate = issuer.certificate + certificate;
    }
    expect(faultsOf({ certificate, private_key: issuer.key })).toEqual([
      'certificate: has 11 of them, at most 10 are taken; write only those of the server and of those that lead to its root',
    ]);
  });

  it.each<[string, () => Pair, string]>([
    [
      'RSA of 1024 bits',
      () => weak.short,
      'has an RSA key of 1024 bits, which can be broken; get one with 2048 bits or more',
    ],
    ['secp256k1', () => ecPair('secp256k1'), 'has a key of the curve secp256k1, which browsers do not take'],
    ['Ed25519', () => generateKeyPairSync('ed25519'), 'has a key of the kind ED25519, which browsers do not take'],
  ])('a key of %s', (_sentence, pair, fault) => {
    const faults = faultsOf(signedWith(pair()));
    expect(faults[0]).toContain(`certificate: certificate 1 (CN=www.example.com, O=Example) ${fault}`);
  });

  it.each<[string, Parameters<typeof issuedBy>[1], string]>([
    [
      'has expired',
      { notAfter: '2026-01-31T12:00:00' },
      'certificate 1 (CN=www.example.com, O=Example) expired on 2026-01-31T12:00:00 UTC; write the renewed one',
    ],
    [
      'is not valid yet',
      { notBefore: '2026-02-01T00:00:00' },
      'is not valid before 2026-02-01T00:00:00 UTC, and it is 2026-01-31T12:00:00; upload it from then on',
    ],
    [
      'expired in the century before',
      { notBefore: '1990-01-01T00:00:00', notAfter: '1999-01-01T00:00:00' },
      'expired on 1999-01-01T00:00:00 UTC',
    ],
  ])('one that %s', (_sentence, wanted, fault) => {
    const { certificate, key } = issuedBy(intermediate, wanted);
    expect(faultsOf({ certificate, private_key: key })).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['md5', 'sha1'] as const)('one that is signed with %s', (hash) => {
    const old = authority('Weak Root', undefined, { key: weak.rsa });
    const { certificate, key } = issuedBy(old, { domains: ['www.example.com'], hash });
    const name = hash === 'md5' ? 'MD5' : 'SHA-1';
    expect(faultsOf({ certificate, private_key: key })).toEqual([
      `certificate: certificate 1 (CN=www.example.com, O=Example) is signed with ${name}, which can be forged; get one that is signed with SHA-256`,
    ]);
  });

  it('an issuer that has expired', () => {
    const expired = authority('Old Issuing', root, { notAfter: '2025-01-01T00:00:00' });
    const { certificate, key } = issuedBy(expired, { domains: ['www.example.com'] });
    expect(faultsOf({ certificate, chain: expired.certificate, private_key: key })).toEqual([
      'certificate: certificate 2 (CN=Old Issuing, O=Example) expired on 2025-01-01T00:00:00 UTC; write the renewed one',
    ]);
  });

  it('all that is wrong with it at once', () => {
    const { certificate } = issuedBy(root, { notAfter: '2025-01-01T00:00:00', hash: 'sha1' });
    expect(faultsOf({ certificate, private_key: leaf.key.slice(0, 60), chain: 'x' })).toHaveLength(2);
    expect(faultsOf({ certificate, private_key: leaf.key })).toEqual([
      expect.stringContaining('expired on'),
      expect.stringContaining('is signed with SHA-1'),
      expect.stringContaining('private_key: is not the key of the certificate'),
    ]);
  });

  it('many faults by the first ten', () => {
    expect(faultsOf({ certificate: block('CERTIFICATE', '?').repeat(500) })).toHaveLength(10);
  });

  it('never with the key in what is said', () => {
    const secret = leaf.key.split('\n')[1]!;
    const texts = [
      `${leaf.key}junk`,
      leaf.key.replace('BEGIN', 'BEGUN'),
      leaf.key.replace('-----END', '----END'),
      bodyOf(leaf.key),
    ];
    for (const text of texts) {
      const said = [...faultsOf({ private_key: text }), ...faultsOf({ certificate: text, private_key: leaf.key })];
      expect(said.length).toBeGreaterThan(1);
      expect(said.join('\n')).not.toContain(secret.slice(0, 12));
    }
  });
});
