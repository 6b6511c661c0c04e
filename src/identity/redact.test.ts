import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.js';
import { tokenFor } from './testing/people.js';
import { Tokens } from './tokens.js';

const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

describe('redact', () => {
  it.each<[string, unknown, unknown]>([
    [
      'the password of a login, not who logs in',
      { auth: { identity: { methods: ['password'], password: { user: { name: 'alice', password: 'x' } } } } },
      { auth: { identity: { methods: ['password'], password: { user: { name: 'alice', password: '***' } } } } },
    ],
    [
      'the token of a login',
      { auth: { identity: { methods: ['token'], token: { id: 'x' } } } },
      { auth: { identity: { methods: ['token'], token: { id: '***' } } } },
    ],
    [
      'the secret of an application credential',
      { application_credential: { id: 'c', secret: 'x' } },
      { application_credential: { id: 'c', secret: '***' } },
    ],
    [
      'both passwords of a change',
      { user: { password: 'x', original_password: 'y' } },
      { user: { password: '***', original_password: '***' } },
    ],
    [
      'passwords that are no texts',
      { password: ['x'], Password: { x: 1 }, adminPass: 5 },
      { password: '***', Password: '***', adminPass: '***' },
    ],
    ['hashes', { password_hash: 'x', secret_hash: 'y' }, { password_hash: '***', secret_hash: '***' }],
    [
      'fields of keys',
      { private_key: 'x', passphrase: 'y', private_key_passphrase: 'z' },
      { private_key: '***', passphrase: '***', private_key_passphrase: '***' },
    ],
    ['a private key inside a text', { bundle: `cert\n${privateKey}rest` }, { bundle: 'cert\n***\nrest' }],
    ['a private key without its end', ['-----BEGIN RSA PRIVATE KEY-----\nabc'], ['***']],
    [
      'a key where a certificate belongs, without its markers',
      { certificate: `MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg`, chain: 'x'.repeat(60) },
      { certificate: '***', chain: '***' },
    ],
    ['headers', { 'X-Auth-Token': 'x', Authorization: 'Basic x' }, { 'X-Auth-Token': '***', Authorization: '***' }],
    [
      'no certificate, which everybody may know',
      { certificate: `text\n-----BEGIN CERTIFICATE-----\n${'M'.repeat(64)}\n-----END CERTIFICATE-----\n`, chain: null },
      { certificate: `text\n-----BEGIN CERTIFICATE-----\n${'M'.repeat(64)}\n-----END CERTIFICATE-----\n`, chain: null },
    ],
    [
      'nothing else',
      { name: 'secretary', tags: ['password'], password: null, n: 1, t: true },
      { name: 'secretary', tags: ['password'], password: null, n: 1, t: true },
    ],
  ])('hides %s', (_sentence, body, expected) => {
    expect(redact(body)).toEqual(expected);
  });

  it('hides tokens of ours wherever they are', () => {
    const token = new Tokens({ current: randomBytes(32), previous: null }).sign(tokenFor());
    expect(redact({ description: `use ${token} please` })).toEqual({ description: 'use *** please' });
  });

  it('leaves the original as it was', () => {
    const body = { user: { password: 'x' } };
    redact(body);
    expect(body).toEqual({ user: { password: 'x' } });
  });

  it('copes with any JSON, and keeps no password of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(redact({ value, password: 'hunter2-hunter2' }))).not.toContain('hunter2-hunter2');
      }),
    );
  });
});
