/** What a running worker believes of its servers. */
import type { ProxyConfig, ProxyServer } from '../proxy-config.js';
import type { Command } from './commands.js';
import { serverChanges } from './diff-backends.js';

export interface ServerState {
  address: string;
  port: number;
  weight: number;
  up: boolean;
}

/** Bits of `srv_admin_state` that put a server into maintenance. */
const MAINTENANCE = 0x01 | 0x02 | 0x04 | 0x20;
const RUNNING = '2';

/** An answer to `show servers state`, by `backend/server`. */
export function parseServerStates(text: string): Map<string, ServerState> {
  const lines = text.split('\n');
  const header =
    lines
      .find((line) => line.startsWith('# '))
      ?.slice(2)
      .split(' ') ?? [];
  const at = (name: string) => header.indexOf(name);
  const [backend, server, address, operation, admin, weight, port] = [
    at('be_name'),
    at('srv_name'),
    at('srv_addr'),
    at('srv_op_state'),
    at('srv_admin_state'),
    at('srv_uweight'),
    at('srv_port'),
  ] as const;
  const states = new Map<string, ServerState>();
  for (const line of lines) {
    const fields = line.split(' ');
    if (fields.length < header.length || line.startsWith('#')) {
      continue;
    }
    states.set(`${fields[backend]}/${fields[server]}`, {
      address: fields[address]!,
      port: Number(fields[port]),
      weight: Number(fields[weight]),
      up: fields[operation] === RUNNING && (Number(fields[admin]) & MAINTENANCE) === 0,
    });
  }
  return states;
}

export interface Correction {
  commands: readonly Command[];
  /** Servers of the configuration that the worker does not have. */
  missing: readonly string[];
  /** Servers that the worker has, and nobody wants any more: an earlier daemon did not get to remove them. */
  strangers: ReadonlyMap<string, ProxyServer>;
}

/** What makes the running worker's servers those of the configuration. */
export function correction(config: ProxyConfig, running: ReadonlyMap<string, ServerState>): Correction {
  const commands: Command[] = [];
  const missing: string[] = [];
  const strangers = new Map<string, ProxyServer>();
  for (const [key, state] of running) {
    // An option that no server has: if one of that name comes again it is not this one.
    strangers.set(key, { ...state, options: '\0', memberId: '' });
  }
  for (const [name, backend] of config.backends) {
    for (const [server, wanted] of backend.servers) {
      const key = `${name}/${server}`;
      const state = running.get(key);
      strangers.delete(key);
      if (state === undefined) {
        missing.push(key);
      } else {
        commands.push(...serverChanges(key, state, wanted));
      }
    }
  }
  return { commands, missing, strangers };
}
