/**
 * Debian's kernels, fetched but never installed: from a linux-image package only the kernel and the modules that the guest needs are
 * kept, in a cache that outlives the run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A kernel ready to boot. */
export interface Kernel {
  /** The package it comes from. */
  name: string;
  image: string;
  /** Modules in the order they are to be loaded, uncompressed. */
  modules: string[];
}

/** Modules of the guest: everything else it needs is built into Debian's kernels. */
const MODULES = ['veth'];

const UNPACK: Record<string, string> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };

export function cacheDirectory(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return process.env.SLUICE_KERNEL_CACHE ?? join(cache, 'sluice', 'kernels');
}

/** The newest kernel of a series ("6.1"): as apt offers it, else as it was cached. Throws with advice where there is neither. */
export function obtainKernel(series: string, tell: (line: string) => void): Kernel {
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  const offered = newestFirst(packagesOffered(), series);
  const cached = newestFirst(readdirSync(cache), series);
  const name = offered[0] ?? cached[0];
  if (name === undefined)
    throw new Error(
      `no kernel package of the ${series} series (linux-image-${series}…-cloud-amd64): run apt-get update, and check that ` +
        `the Debian release that carries it is among the apt sources; without apt, put vmlinuz-… and an uncompressed veth.ko of ` +
        `one into ${join(cache, `linux-image-${series}.0-cloud-amd64`)}`,
    );
  if (!cached.includes(name)) fetchKernel(name, cache, tell);
  return kernelIn(join(cache, name), name);
}

/** `search` and not `pkgnames`: that also names packages which others merely mention. */
function packagesOffered(): string[] {
  const search = spawnSync('apt-cache', ['search', '--names-only', '^linux-image-[0-9]'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return search.status === 0 ? search.stdout.split('\n').map((line) => line.split(' ')[0]!) : [];
}

/**
 * The packages of a series, best first: newest version; of one version the cloud flavour, which boots fastest, before the
 * general one, and signed before unsigned, which has to serve where the signed one lags behind. Exported for its test.
 */
export function newestFirst(names: readonly string[], series: string): string[] {
  const pattern = new RegExp(
    `^linux-image-(${series.replaceAll('.', '\\.')}\\.[0-9][^-]*(?:-[0-9]+)?)-(cloud-)?amd64(-unsigned)?$`,
  );
  const natural = new Intl.Collator('en', { numeric: true });
  return names
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match ? [{ name, version: match[1]!, cloud: Boolean(match[2]), signed: !match[3] }] : [];
    })
    .sort(
      (a, b) =>
        natural.compare(b.version, a.version) ||
        Number(b.cloud) - Number(a.cloud) ||
        Number(b.signed) - Number(a.signed),
    )
    .map(({ name }) => name);
}

/** Downloads and unpacks into place; the last step is a rename, so that a cancelled run leaves no half kernel behind. */
function fetchKernel(name: string, cache: string, tell: (line: string) => void): void {
  const work = mkdtempSync(join(cache, '.fetch-'));
  try {
    tell(`downloading ${name}`);
    const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    const download = spawnSync('apt-get', [...sandbox, 'download', name], { cwd: work, encoding: 'utf8' });
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
    if (download.status !== 0 || archive === undefined)
      throw new Error(`apt-get download ${name} failed: run apt-get update and try again\n${download.stderr}`);
    const ready = join(work, 'ready');
    mkdirSync(ready);
    const wanted = ['*/vmlinuz-*', ...MODULES.map((module) => `*/${module}.ko*`)].map((glob) => `'${glob}'`).join(' ');
    execFileSync('bash', [
      '-c',
      `set -o pipefail; dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --wildcards --transform 's#.*/##' ${wanted}`,
      join(work, archive),
      ready,
    ]);
    for (const file of readdirSync(ready)) unpackModule(join(ready, file));
    renameSync(ready, join(cache, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function unpackModule(file: string): void {
  const program = Object.entries(UNPACK).find(([suffix]) => file.endsWith(`.ko${suffix}`))?.[1];
  if (program) execFileSync(program, ['-d', '-q', ...(program === 'zstd' ? ['--rm'] : []), file]);
}

function kernelIn(directory: string, name: string): Kernel {
  const image = readdirSync(directory).find((file) => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${directory} holds no kernel: remove it and run again`);
  const modules = MODULES.map((module) => join(directory, `${module}.ko`)).filter((file) => existsSync(file));
  return { name, image: join(directory, image), modules };
}
