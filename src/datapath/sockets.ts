/** Ports that programs of this host use, as the kernel lists them in /proc/net. */
import { readFile } from 'node:fs/promises';
import { formatAddress } from '../model/address.js';
import type { HostSocket } from '../model/host.js';

/** States of the second last column that matters: TCP sockets that listen; UDP sockets have one state without a peer. */
const TABLES = [
  { file: 'tcp', protocol: 'TCP', state: '0A' },
  { file: 'tcp6', protocol: 'TCP', state: '0A' },
  { file: 'udp', protocol: 'UDP', state: '07' },
  { file: 'udp6', protocol: 'UDP', state: '07' },
] as const;

/** Listening TCP and bound UDP sockets of this network namespace. */
export async function readSockets(): Promise<HostSocket[]> {
  const tables = TABLES.map(async ({ file, protocol, state }) => {
    // Without IPv6 there is no such file, and nothing that could be in it.
    const text = await readFile(`/proc/net/${file}`, 'utf8').catch(() => '');
    return parseSockets(text, protocol, state);
  });
  return (await Promise.all(tables)).flat();
}

/** Reads one table: `sl local_address rem_address st …`, addresses in hexadecimal words of the host's byte order. */
export function parseSockets(text: string, protocol: HostSocket['protocol'], state: string): HostSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line): HostSocket[] => {
      const [, local = '', , found] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return found === state ? [{ protocol, address: socketAddress(address), port: Number.parseInt(port, 16) }] : [];
    });
}

function socketAddress(hex: string): string {
  const bytes = new Uint8Array(hex.length / 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 4) {
    view.setUint32(at, Number.parseInt(hex.slice(2 * at, 2 * at + 8), 16), true);
  }
  return bytes.length === 4 ? bytes.join('.') : formatAddress(bytes);
}
