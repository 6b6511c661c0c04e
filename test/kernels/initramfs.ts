/**
 * The guest's whole file system: an initramfs with busybox, node, ip, their libraries, the built data plane and the compiled tests.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the guest expects the repository. */
const GUEST_ROOT = 'sluice';

export interface Contents {
  /** The repository, built. */
  repository: string;
  /** Kernel modules, in the order they are to be loaded. */
  modules: string[];
}

/**
 * Writes the archive `file` from a tree made under `work`. The tree is of symbolic links, which cpio follows: node alone has 100 MB
 * that need not be copied twice. Not compressed, since an emulated processor would take longer to unpack it than to read it.
 */
export function buildInitramfs(contents: Contents, work: string, file: string): void {
  const tree = join(work, 'root');
  for (const directory of ['bin', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(join(tree, directory), { recursive: true });
  copyFileSync(join(contents.repository, 'test/kernels/init.sh'), join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  placeProgram(tree, 'bin/busybox', requireProgram('busybox'));
  placeProgram(tree, 'usr/bin/node', process.execPath);
  placeProgram(tree, 'usr/sbin/ip', requireProgram('ip'));
  contents.modules.forEach((module, index) => {
    place(tree, `modules/${String(index).padStart(2, '0')}.ko`, module);
  });
  for (const path of repositoryFiles(contents.repository))
    place(tree, join(GUEST_ROOT, path), join(contents.repository, path));
  execFileSync('bash', ['-c', 'set -o pipefail; cd "$0" && find -L . | cpio -o -L -H newc --quiet >"$1"', tree, file]);
}

/** What the tests need of the repository: the objects, the addon, the compiled tests, the packages these import. */
function repositoryFiles(repository: string): string[] {
  const built = readdirSync(join(repository, 'build/Release')).filter((name) => /\.(node|o)$/.test(name));
  const packages = ['node-gyp-build', 'ipaddr.js'].map((name) => `node_modules/${name}`);
  return ['package.json', 'build/test', ...packages, ...built.map((name) => `build/Release/${name}`)];
}

function place(tree: string, path: string, original: string): void {
  const link = join(tree, path);
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(realpathSync(original), link);
}

/** A program and the libraries it is linked with, each where the loader looks for it. */
function placeProgram(tree: string, path: string, original: string): void {
  place(tree, path, original);
  // Of a static program, which has none, ldd only says so.
  const { stdout } = spawnSync('ldd', [original], { encoding: 'utf8' });
  for (const [, library] of stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g))
    if (library !== undefined) place(tree, library, library);
}

function requireProgram(name: string): string {
  const found = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin']
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is missing: apt-get install busybox-static iproute2`);
  return found;
}
