/** Load on a listener while something else happens to the gateway, and whether any client noticed. */
import type { Lab } from '../../src/lab/lab.js';
import type { LabProcess } from '../../src/lab/process.js';

export interface LoadOptions {
  url: string;
  /** s; it ends by itself. */
  seconds: number;
  /** A new connection for each request. */
  close?: boolean;
  connections?: number;
}

export interface LoadResult {
  requests: number;
  /** Answers that were not 2xx or 3xx. */
  refused: number;
  /** Connections that failed, were closed or reset while a request was under way, or timed out. */
  broken: number;
  text: string;
}

/** wrk from a client. */
export class Load {
  private constructor(private readonly running: LabProcess) {}

  static async start(
    lab: Lab,
    from: string,
    { url, seconds, close = false, connections = 16 }: LoadOptions,
  ): Promise<Load> {
    const header = close ? ['-H', 'Connection: close'] : [];
    const argv = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '5s', ...header, url];
    return new Load(await lab.spawn(from, argv, { name: `wrk-${from}${close ? '-close' : ''}` }));
  }

  async result(): Promise<LoadResult> {
    await this.running.ended;
    const text = this.running.log();
    const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? 0);
    const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
    const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
    return { requests, refused, broken: socket.reduce((sum, count) => sum + Number(count), 0), text };
  }
}

/**
 * Counts TCP resets that reach a client from now on, without those of TLS: who ends a TLS connection is told so once more by the other
 * side, and a socket that is closed by then answers that with a reset. wrk tells of those that come before an answer is complete.
 */
export async function countResets(lab: Lab, client: string): Promise<() => Promise<number>> {
  const chain = 'add chain ip resets input { type filter hook input priority 0; }';
  const rule = 'add rule ip resets input tcp sport != 443 tcp flags & rst == rst counter';
  await lab.runOrThrow(client, ['nft', '-f', '-'], { input: ['add table ip resets', chain, rule, ''].join('\n') });
  return async () => {
    const text = await lab.runOrThrow(client, ['nft', 'list', 'table', 'ip', 'resets']);
    return Number(/packets (\d+)/.exec(text)![1]);
  };
}
