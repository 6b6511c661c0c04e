import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { probeFeatures } from './features.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sle-features-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A program that says this. */
function program(text: string): string {
  const path = join(directory, 'program');
  writeFileSync(path, `#!/bin/sh\ncat <<'EOF'\n${text}\nEOF\n`);
  chmodSync(path, 0o755);
  return path;
}

const BUILT = 'Feature list : -ENGINE +EPOLL +OPENSSL +PCRE2 +PCRE2_JIT +THREAD +TPROXY';

it.each([
  ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/', { version: [2, 6], bandwidthLimits: false }],
  ['HAProxy version 2.7.0-1 2022/12/01', { version: [2, 7], bandwidthLimits: true }],
  ['HAProxy version 3.0.5-8e879a5 2024/09/19', { version: [3, 0], bandwidthLimits: true }],
])('%s', async (line, expected) => {
  expect(await probeFeatures(program(`${line}\n${BUILT}`))).toEqual(expected);
});

it.each([
  ['HA-Proxy version 2.2.9-2+deb11u5 2023/04/10', BUILT, 'is HAProxy 2.2; install HAProxy 2.6 or newer'],
  ['nginx version: nginx/1.22.1', BUILT, 'is not HAProxy'],
  ['HAProxy version 2.6.12', 'Feature list : -OPENSSL +PCRE2 +THREAD +X', 'was built without OPENSSL'],
])('%s is refused', async (line, built, message) => {
  await expect(probeFeatures(program(`${line}\n${built}`))).rejects.toThrow(message);
});

it('a program that is missing is refused with what to install', async () => {
  const expected = { code: 'unsupported', message: expect.stringContaining('apt-get install haproxy') };
  await expect(probeFeatures('/nowhere/haproxy')).rejects.toMatchObject(expected);
});
