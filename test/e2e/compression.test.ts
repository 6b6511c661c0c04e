/** gzip where a listener has it switched on. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https } from './bodies.js';

const scene = new WebScene('compression', { backends: 1 });
const GZIP = { headers: { 'Accept-Encoding': 'gzip' } };
const LENGTH = 20_000;
let served: Served;

beforeAll(async () => {
  await scene.start();
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const pool = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [
      http('off', 80, pool),
      http('on', 81, { ...pool, compression: true }),
      https('tls', 443, certificate, { ...pool, compression: true }),
    ],
  });
});
afterAll(() => scene.stop());

test('off by default', async () => {
  const response = await served.get(`http://any/?text=${LENGTH}`, GZIP);
  expect([response.size, response.headers['content-encoding']]).toEqual([LENGTH, undefined]);
});

test.each([
  ['HTTP/1.1', 'http://any:81', '--http1.1'],
  ['HTTP/2', 'https://shop.example', '--http2'],
])('text is smaller on its way, and whole at its end: %s', async (_, site, option) => {
  const file = join(scene.lab.runDirectory, 'compressed');
  const response = await served.get(`${site}/?text=${LENGTH}`, { ...GZIP, options: [option, '-o', file] });
  expect(response.status).toBe(200);
  expect(response.size).toBeLessThan(LENGTH / 5);
  // With -i the file begins with the headers.
  const bytes = readFileSync(file);
  const text = gunzipSync(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)).toString();
  expect([text.length, text.slice(0, 16)]).toEqual([LENGTH, 'All work and no ']);
  expect(bytes.toString('latin1')).toMatch(/content-encoding: gzip/i);
  expect(bytes.toString('latin1')).toMatch(/vary: accept-encoding/i);
});

describe('what is not compressed', () => {
  test.each([
    ['for clients that do not take it', `/?text=${LENGTH}`, {}],
    ['pictures and other bytes', `/?bytes=${LENGTH}`, GZIP],
    ['what the member has encoded itself', `/?text=${LENGTH}&header=content-encoding:br`, GZIP],
    ['what must not be transformed', `/?text=${LENGTH}&header=cache-control:no-transform`, GZIP],
  ])('%s', async (_, path, options) => {
    const response = await served.get(`http://any:81${path}`, options);
    expect(response.size).toBe(LENGTH);
    expect(response.headers['content-encoding'] ?? []).not.toContain('gzip');
  });
});
