/**
 * Runs programs on the host and inside namespaces. No shell sees any input: the one script below has a fixed text and
 * takes what varies as positional arguments.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { labError } from './errors.js';

export interface Completed {
  /** Exit code; 128 + signal number where a signal ended the program, as a shell reports it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Goes to standard input. */
  input?: string;
  /** Milliseconds after which the program is killed; absent: as long as it takes. */
  timeoutMs?: number;
  env?: Record<string, string>;
}

/** `nsenter` rather than `ip netns exec`: the latter mounts a fresh /sys and hides the BPF file system and cgroups. */
export function inNamespace(namespace: string, argv: readonly string[]): string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv];
}

/** Puts the program into the cgroup before it starts, so that not one of its sockets is made outside. */
export function inCgroup(cgroup: string, argv: readonly string[]): string[] {
  return ['/bin/sh', '-c', 'echo $$ > "$1" && shift && exec "$@"', 'sh', `${cgroup}/cgroup.procs`, ...argv];
}

/** Writes kernel settings of the namespace it runs in; skips what this kernel was built without. */
export function settingsArguments(settings: Record<string, string | number>): string[] {
  const script = 'while [ $# -gt 0 ]; do f="/proc/sys/$1"; [ ! -e "$f" ] || echo "$2" > "$f" || exit 1; shift 2; done';
  const assignments = Object.entries(settings).flatMap(([name, value]) => [name.replaceAll('.', '/'), String(value)]);
  return ['/bin/sh', '-c', script, 'sh', ...assignments];
}

/** Runs a program to its end. @throws LabError `lab.tool` when it is not installed. */
export function execute(argv: readonly string[], options: RunOptions = {}): Promise<Completed> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      stdio: 'pipe',
      ...(options.env ? { env: { ...process.env, ...options.env } } : {}),
      ...(options.timeoutMs ? { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const } : {}),
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once('error', (error) => reject(startFailure(argv[0]!, error)));
    child.once('close', (code, signal) =>
      resolve({ code: exitCode(code, signal), stdout: stdout(), stderr: stderr() }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Like execute(), but anything except exit code 0 is an error. @throws LabError `lab.command` with what the program said. */
export async function executeOrThrow(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await execute(argv, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).slice(0, 2000);
  throw labError('lab.command', `${argv.join(' ')}: exit code ${code}${said ? `: ${said}` : ''}`);
}

/** What Node reports when a program cannot be started, as advice. */
export function startFailure(program: string, error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  return labError('lab.tool', `${program} is not installed: ${PACKAGES[program] ?? 'install it'}`, error);
}

const PACKAGES: Record<string, string> = {
  ip: 'apt-get install iproute2',
  nsenter: 'apt-get install util-linux',
  ethtool: 'apt-get install ethtool',
  nft: 'apt-get install nftables',
  haproxy: 'apt-get install haproxy',
  nginx: 'apt-get install nginx-light',
  mount: 'apt-get install mount',
};

const SIGNALS: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };

/** One number for both ways a program ends. */
export function exitCode(code: number | null, signal: string | null): number {
  return code ?? 128 + (SIGNALS[signal ?? ''] ?? 0);
}

function collect(stream: ChildProcess['stdout']): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
