/**
 * Boots Debian kernels under QEMU and runs the packet cases in them. Exits with 1 where a case failed, or where a guest did not say
 * that all have passed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ResultReader } from '../bpf/tap.js';
import { bootGuest } from './guest.js';
import { buildInitramfs } from './initramfs.js';
import { type Kernel, obtainKernel } from './packages.js';

const DEFAULT_SERIES = ['6.1', '6.12'];
const MEMORY_MIB = 1536;
const LIMIT_SECONDS = Number(process.env.SLUICE_KERNEL_LIMIT ?? 900);
/** Lines of the serial port shown where a guest did not come to its end. */
const LAST_LINES = 10;
/** Compiled, this file lies in build/test/test/kernels. */
const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

const PACKAGES: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  cpio: 'cpio',
  busybox: 'busybox-static',
  ip: 'iproute2',
  'dpkg-deb': 'dpkg',
  xz: 'xz-utils',
  zstd: 'zstd',
};

type Say = (line: string) => void;

const tell =
  (series: string): Say =>
  (line) =>
    console.log(`[${series}] ${line}`);

function requireTools(): void {
  const missing = Object.keys(PACKAGES).filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (missing.length > 0)
    throw new Error(
      `missing: ${missing.join(', ')}; apt-get install ${missing.map((tool) => PACKAGES[tool]).join(' ')}`,
    );
}

/** Everything for one kernel: fetch, pack, boot, judge. True: all cases passed. */
async function testKernel(series: string, verbose: boolean): Promise<boolean> {
  const say = tell(series);
  const kernel = obtainKernel(series, say);
  const work = mkdtempSync(join(tmpdir(), 'sluice-kernel-'));
  const clean = () => rmSync(work, { recursive: true, force: true });
  process.once('exit', clean);
  try {
    const initramfs = join(work, 'initramfs');
    buildInitramfs({ repository: REPOSITORY, modules: kernel.modules }, work, initramfs);
    say(`booting ${kernel.name} with an initramfs of ${Math.round(statSync(initramfs).size / 2 ** 20)} MiB`);
    return await runGuest(kernel, initramfs, say, verbose);
  } finally {
    clean();
    process.removeListener('exit', clean);
  }
}

async function runGuest(kernel: Kernel, initramfs: string, say: Say, verbose: boolean): Promise<boolean> {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const guest = new GuestReader();
  const boot = { image: kernel.image, initramfs, memoryMiB: MEMORY_MIB, limitSeconds: LIMIT_SECONDS };
  const { ended } = await bootGuest(boot, (line) => {
    guest.read(line);
    if (verbose) say(line);
    else if (line.startsWith('guest: kernel ')) say(`${line.slice(7)} is up after ${seconds()}`);
  });
  const failed = guest.reader.results.filter(({ passed }) => !passed);
  for (const { sentence, details } of failed) say(indented(`FAILED ${sentence}`, details));
  const fault = ended === 'limit' ? `no end within ${LIMIT_SECONDS} s` : guest.fault();
  if (fault !== undefined) {
    say(indented('INCOMPLETE', fault.split('\n')));
    if (!verbose) say(indented('the last lines of the serial port:', guest.lines.slice(-LAST_LINES)));
  }
  say(`${guest.reader.results.length - failed.length} cases passed, ${failed.length} failed, ${seconds()}`);
  return failed.length === 0 && fault === undefined;
}

/** What the guest has said so far. */
class GuestReader {
  readonly lines: string[] = [];
  readonly reader = new ResultReader();
  #exitCode: string | undefined;

  read(line: string): void {
    this.lines.push(line);
    this.reader.read(line);
    this.#exitCode ??= /^guest: exit (\d+)$/.exec(line)?.[1];
  }

  /** Why the results are not to be trusted; undefined where all of them have arrived. */
  fault(): string | undefined {
    const incomplete = this.reader.incomplete();
    if (incomplete !== undefined) return incomplete;
    const expected = this.reader.results.every(({ passed }) => passed) ? '0' : '1';
    return this.#exitCode === expected ? undefined : `the runner ended with ${this.#exitCode ?? 'the guest'}`;
  }
}

const indented = (head: string, lines: readonly string[]) => [head, ...lines.map((line) => `    ${line}`)].join('\n');

async function main(args: string[]): Promise<void> {
  const verbose = args.includes('--verbose');
  const series = args.filter((argument) => !argument.startsWith('--'));
  requireTools();
  let passed = true;
  for (const each of series.length > 0 ? series : DEFAULT_SERIES) passed = (await testKernel(each, verbose)) && passed;
  process.exitCode = passed ? 0 : 1;
}

// Without these a cancelled run would leave its guest and its temporary files behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
