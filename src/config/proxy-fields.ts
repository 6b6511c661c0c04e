/** The proxy section of the host file: the HAProxy that serves HTTP listeners and others that are ended on the gateway. */
import { dirname } from 'node:path';
import { type Field, integer, optional, record, text } from '../schema/fields.js';

export interface ProxySettings {
  /** Path of the program, or its name in the search path. */
  binary: string;
  /** User that it runs as. */
  user: string;
  /** 1..64; null: one for each CPU. */
  threads: number | null;
  /** Connections at once, 100..10,000,000; null: what the program makes of its limit of descriptors. */
  max_connections: number | null;
  /** Absolute path of its directory; private keys lie in it in clear text while it runs. */
  run_dir: string;
}

export type ProxySection = Omit<ProxySettings, 'run_dir'> & { run_dir: string | null };

export const proxySection: Field<ProxySection> = record<ProxySection>('The proxy section', {
  binary: optional(
    text('Path of HAProxy, or its name in the search path.', { format: 'program', maxLength: 4096 }),
    'haproxy',
  ),
  user: optional(text('User that it runs as.', { format: 'user-name', maxLength: 32 }), 'haproxy'),
  threads: optional(integer('Threads, 1 to 64. Null: one for each CPU.', 1, 64), null),
  max_connections: optional(
    integer(
      'Connections at once, 100 to 10,000,000. Null: as many as its limit of descriptors has room for.',
      100,
      10_000_000,
    ),
    null,
  ),
  run_dir: optional(
    text(
      'Its directory. Private keys lie there in clear text while it runs: it must be in memory, on tmpfs. Default: proxy-NAME of the gateway beside the socket of the API.',
      { format: 'absolute-path', maxLength: 80 },
    ),
    null,
  ),
});

/** @param socket of the API, @param gateway its name: together they say where the directory is by default */
export function readProxy({ run_dir, ...section }: ProxySection, socket: string, gateway: string): ProxySettings {
  return { ...section, run_dir: run_dir ?? `${dirname(socket)}/proxy-${gateway}` };
}
