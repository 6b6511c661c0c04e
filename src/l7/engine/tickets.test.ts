import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureTicketKeys, rotateTicketKeys, rotationDue } from './tickets.js';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'sle-tickets-')), 'tickets.keys');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

const keys = () => readFileSync(path, 'utf8').trim().split('\n');

it('three keys of 80 bytes, for root only, and made once', () => {
  ensureTicketKeys(path);
  const made = keys();
  expect(made.map((key) => Buffer.from(key, 'base64').length)).toEqual([80, 80, 80]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  ensureTicketKeys(path);
  expect(keys()).toEqual(made);
});

it('the oldest gives way to a new one, in the file as in the worker', () => {
  ensureTicketKeys(path);
  const [, second, third] = keys();
  const command = rotateTicketKeys(path);
  const added = keys()[2]!;
  expect(keys()).toEqual([second, third, added]);
  expect(command.text).toBe(`set ssl tls-key ${path} ${added}`);
});

it('they are due 300 s after they were exchanged, whoever did it', () => {
  ensureTicketKeys(path);
  utimesSync(path, 1000, 1000);
  expect([rotationDue(path, 1_100_000), rotationDue(path, 1_300_000), rotationDue(path, 9_000_000)]).toEqual([
    200_000, 0, 0,
  ]);
});
