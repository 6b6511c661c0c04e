import { describe, expect, it } from 'vitest';
import { ecPair, issuedBy, rsaPair, site } from './testing/authority.js';
import { openssl } from './testing/openssl.js';
import { block, bodyOf, derOf, faultsOf, SITE } from './testing/uploads.js';

const { intermediate, leaf } = SITE;
const other = site('other.example.com');
const rsa = rsaPair();
const rsaLeaf = issuedBy(intermediate, { domains: ['www.example.com'], key: rsa });

describe('a private key is refused with what to fix:', () => {
  const keyCases: [string, string, string][] = [
    ['nothing', '', 'is empty; write PEM text, from -----BEGIN PRIVATE KEY-----'],
    [
      'the key of another certificate',
      other.leaf.key,
      'is not the key of the certificate; write the key that its request was made with',
    ],
    ['a key of another kind', rsaLeaf.key, 'is not the key of the certificate'],
    [
      'an encrypted key',
      leaf.pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      'is encrypted; decrypt it with `openssl pkey -in FILE -out plain.pem`, which asks for the passphrase',
    ],
    [
      'a key encrypted in openssl’s old way',
      rsa.privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }).toString(),
      'is encrypted; decrypt it with',
    ],
    ['two keys', `${leaf.key}${other.leaf.key}`, 'has 2 private keys; write the one that belongs to the certificate'],
    [
      'the public key',
      leaf.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'is the public key; write the private one',
    ],
    [
      'the certificate',
      leaf.certificate,
      'has a certificate in it; write certificates in certificate, and the key alone here',
    ],
    [
      'the request',
      openssl('req -new -key FILE -subj /CN=a', leaf.key).toString(),
      'has a certificate signing request in it; leave it out',
    ],
    [
      'a key of SSH',
      block('OPENSSH PRIVATE KEY', 'MAA='),
      'is a key of SSH; write the key that the certificate was made for',
    ],
    ['a DSA key', block('DSA PRIVATE KEY', 'MAA='), 'is a DSA key, which TLS has given up'],
    [
      'parameters alone',
      block('EC PARAMETERS', 'BggqhkjOPQMBBw=='),
      'has no private key; write the block from -----BEGIN PRIVATE KEY----- on',
    ],
    [
      'something else',
      block('DH PARAMETERS', 'MAA='),
      'has a block of DH PARAMETERS in it; write the private key alone',
    ],
    [
      'the base64 of a key without markers',
      bodyOf(leaf.key),
      'is the base64 of a private key without its BEGIN and END lines; put -----BEGIN PRIVATE KEY----- in front',
    ],
    [
      'a key under the marker of another kind',
      leaf.key.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY'),
      'is marked as RSA PRIVATE KEY and is none; write BEGIN PRIVATE KEY and END PRIVATE KEY around it',
    ],
    [
      'a damaged structure',
      block('PRIVATE KEY', 'MAA='),
      'it is damaged, or of a kind that nobody uses; copy it again',
    ],
    ['a cut text', leaf.key.slice(0, 100), 'has no END line'],
    ['far too much', `${leaf.key}${'\n'.repeat(20_000)}`, 'characters; write the private key alone'],
  ];
  it.each(keyCases)('as its key %s', (_sentence, private_key, fault) => {
    const faults = faultsOf({ private_key });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^private_key: /);
    expect(faults[0]).toContain(fault);
  });

  it('no key at all', () => {
    expect(faultsOf({ private_key: null })).toEqual([
      'private_key: is missing; add private_key: the key of the certificate, PEM',
    ]);
  });

  it('a key whose private part is damaged while the public one fits', () => {
    const jwk = leaf.pair.privateKey.export({ format: 'jwk' });
    const { d } = ecPair().privateKey.export({ format: 'jwk' });
    const sec1 = (text: string) => Buffer.from(text, 'base64url').toString('hex');
    const bytes = derOf(leaf.key).toString('hex').replace(sec1(jwk.d!), sec1(d!));
    const faults = faultsOf({ private_key: block('PRIVATE KEY', Buffer.from(bytes, 'hex').toString('base64')) });
    expect(faults.join()).toMatch(/^private_key: .*damaged/);
  });
});
