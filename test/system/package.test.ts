/** What users install: packed, installed where there is no compiler, and loaded. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'sluice-package-'));
const target = join(scratch, 'installed');
const prebuilds = join(target, 'node_modules/sluice/prebuilds', `${process.platform}-${process.arch}`);

/** Runs Node with nothing but itself in PATH. */
function node(...words: string[]): string {
  return execFileSync(process.execPath, words, {
    cwd: target,
    encoding: 'utf8',
    env: { HOME: process.env.HOME, PATH: join(scratch, 'bin') },
  });
}

beforeAll(() => {
  execFileSync('npm', ['pack', '--pack-destination', scratch], { cwd: root, stdio: 'pipe' });
  const archive = readdirSync(scratch).find((name) => name.endsWith('.tgz'))!;
  for (const directory of [target, join(scratch, 'bin')]) mkdirSync(directory);
  symlinkSync(process.execPath, join(scratch, 'bin/node'));
  writeFileSync(join(target, 'package.json'), '{ "private": true }');
  const npm = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
  node(npm, 'install', join(scratch, archive), '--prefer-offline', '--no-audit', '--no-fund');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the installed package', () => {
  it('loads the addon and the BPF object', () => {
    const script = `
      import { bpfObjectPath, loadAddon } from 'sluice/dist/datapath/addon.js';
      const object = loadAddon().openObject(bpfObjectPath('gateway'));
      await object.load();
      console.log(object.program('gateway').name, bpfObjectPath('gateway'));`;
    const [name, path] = node('--input-type=module', '-e', script).trim().split(' ');
    expect(name).toBe('gateway');
    expect(path).toBe(join(realpathSync(prebuilds), 'gateway.bpf.o'));
  });

  it('brings the receiver tool', () => {
    const help = execFileSync(join(prebuilds, 'sluice-receiver'), ['--help'], { encoding: 'utf8', env: {} });
    expect(help).toContain('sluice-receiver');
  });

  it('tells nothing of where it was built', () => {
    const told = readdirSync(prebuilds).filter((name) => readFileSync(join(prebuilds, name)).includes(root));
    expect(told).toEqual([]);
  });
});
