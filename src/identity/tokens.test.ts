import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenKeys } from './keys.js';
import { newAuditId, type Token, Tokens } from './tokens.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const TOKEN: Token = {
  user_id: '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d',
  scope: { kind: 'project', project_id: '0b0e4f3a-58f4-4d8e-a7a0-6a4bb0f5c111' },
  methods: ['password'],
  issued_at: NOW,
  expires_at: NOW + 3_600_000,
  audit_ids: ['6cQiB5llu1LW5YCAE5-xNg'],
  application_credential_id: null,
  valid_from: NOW - 1000,
};

const newTokens = () => new Tokens({ current: randomBytes(32), previous: null });

const tokens = fc.record({
  user_id: fc.uuid(),
  scope: fc.oneof(
    fc.uuid().map((project_id) => ({ kind: 'project' as const, project_id })),
    fc.constantFrom({ kind: 'unscoped' as const }, { kind: 'system' as const }, { kind: 'domain' as const }),
  ),
  methods: fc.constantFrom<Token['methods'][]>(['password'], ['password', 'token'], ['application_credential']),
  issued_at: fc.nat(),
  expires_at: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  audit_ids: fc.constantFrom<Token['audit_ids'][]>(['a'], ['a', 'b']),
  application_credential_id: fc.option(fc.uuid()),
  valid_from: fc.nat(),
});

describe('tokens', () => {
  it('say what was signed', () => {
    const service = newTokens();
    fc.assert(
      fc.property(tokens, (token) => {
        expect(service.verify(service.sign(token), 0)).toEqual(token);
      }),
    );
  });

  it('with any bit flipped are refused', () => {
    const service = newTokens();
    const text = Buffer.from(service.sign(TOKEN));
    for (let bit = 0; bit < text.length * 8; bit++) {
      const forged = Buffer.from(text);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(service.verify(forged.toString('latin1'), NOW), `bit ${bit}`).toBeUndefined();
    }
    expect(service.verify(text.toString(), NOW)).toEqual(TOKEN);
  });

  it('cut, lengthened or put together from two are refused', () => {
    const service = newTokens();
    const text = service.sign(TOKEN);
    const other = service.sign({ ...TOKEN, user_id: 'mallory' });
    const [prefix, payload, mac] = text.split('.') as [string, string, string];
    const [, otherPayload, otherMac] = other.split('.') as [string, string, string];
    const forged = [
      '',
      '.',
      '..',
      's1',
      's1..',
      `s1.${payload}`,
      `${prefix}.${payload}.`,
      `${prefix}.${payload}.${otherMac}`,
      `${prefix}.${otherPayload}.${mac}`,
      `s2.${payload}.${mac}`,
      `${text}=`,
      `${text}.`,
      ` ${text}`,
      `${text}\n`,
      `${prefix}.${payload}=.${mac}`,
      text.slice(0, -1),
      'x'.repeat(100_000),
      `s1.${'x'.repeat(100_000)}.${mac}`,
    ];
    for (const candidate of forged) {
      expect(service.verify(candidate, NOW), candidate.slice(0, 80)).toBeUndefined();
    }
  });

  it('of any other text are refused', () => {
    const service = newTokens();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `s1.${text}`),
        ),
        (text) => {
          expect(service.verify(text, 0)).toBeUndefined();
        },
      ),
    );
  });

  it('of another gateway are refused', () => {
    expect(newTokens().verify(newTokens().sign(TOKEN), NOW)).toBeUndefined();
  });

  it('end in time, also once their signature is known', () => {
    const service = newTokens();
    const text = service.sign(TOKEN);
    expect(service.verify(text, TOKEN.expires_at - 1)).toEqual(TOKEN);
    expect(service.verify(text, TOKEN.expires_at)).toBeUndefined();
  });

  it('outlive one rotation of the key and not two', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-tokens-'));
    try {
      const service = new Tokens(await loadTokenKeys(directory));
      const first = service.sign(TOKEN);
      expect(service.verify(first, NOW)).toEqual(TOKEN);
      await service.rotate(directory);
      const second = service.sign(TOKEN);
      expect(second).not.toBe(first);
      expect(service.verify(first, NOW)).toEqual(TOKEN);
      await service.rotate(directory);
      expect(service.verify(first, NOW)).toBeUndefined();
      expect(service.verify(second, NOW)).toEqual(TOKEN);
      expect(new Tokens(await loadTokenKeys(directory)).verify(second, NOW)).toEqual(TOKEN);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('have audit ids that nobody guesses', () => {
    expect(newAuditId()).toMatch(/^[\w-]{22}$/);
    expect(newAuditId()).not.toBe(newAuditId());
  });
});
