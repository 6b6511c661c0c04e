/** A full disk under the access log. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Delivery, type DeliveryOptions } from '../../src/accesslog/delivery.js';
import { FileTarget } from '../../src/accesslog/targets/file.js';
import { until } from './support.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
});
afterEach(() => {
  execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true });
});

it('lines wait, then are lost and counted, and no half line is left when there is room again', async () => {
  const path = join(directory, 'access.log');
  const said: string[] = [];
  const tell = (text: string) => said.push(text);
  const log = { info: tell, warn: tell } as unknown as DeliveryOptions['log'];
  const target = new FileTarget({ path, rotateBytes: 1 << 30, keep: 0 });
  const delivery = new Delivery(target, { log, limitBytes: 100_000, retryMs: 1, calmMs: 0 });
  const line = `${'x'.repeat(998)}\n`;
  const block = Buffer.from(line.repeat(50));

  const filler = join(directory, 'filler');
  writeFileSync(filler, Buffer.alloc(120_000));
  let offered = 0;
  while (delivery.lost.failed === 0) {
    delivery.offer(block, 50);
    offered += 50;
    await until(() => said.length > 0 || sizeOf(path) === offered * line.length);
  }
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('ENOSPC');

  rmSync(filler);
  await until(() => said.length === 2);
  expect(said[1]).toMatch(/takes all lines again; \d+ were lost/);
  await delivery.close();
  const { failed, slow } = delivery.lost;
  expect(statSync(path).size).toBe((offered - failed - slow) * line.length);
  expect(new Set(readFileSync(path, 'utf8').split('\n').slice(0, -1)).size).toBe(1);
});

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}
