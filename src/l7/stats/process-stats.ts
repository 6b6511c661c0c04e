/** What `show info` and the kernel say about the workers as processes. */
import { readFileSync } from 'node:fs';
import type { ProcessStats } from './types.js';

/** An answer to `show info`, by name. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').map((line): [string, string] => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  return new Map(pairs);
}

/** @param finishing process ids of the workers that finish */
export function processStats(info: ReadonlyMap<string, string>, finishing: readonly number[]): ProcessStats {
  const number = (name: string) => Number(info.get(name) ?? 0);
  const pid = number('Pid');
  return {
    pid,
    version: info.get('Version') ?? '',
    uptime: number('Uptime_sec'),
    old_workers: finishing.length,
    connections: number('CurrConns'),
    max_connections: number('Maxconn'),
    memory: [pid, ...finishing].reduce((sum, process) => sum + residentBytes(process), 0),
    dropped_logs: number('DroppedLogs'),
    tls_handshakes_per_second: number('SslRate'),
    tls_key_exchanges_per_second: number('SslFrontendKeyRate'),
    idle_percent: number('Idle_pct'),
  };
}

/** 0 for a process that is gone. */
function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
