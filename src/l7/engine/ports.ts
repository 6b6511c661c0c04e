/**
 * Whether new listeners will find their ports free. HAProxy 2.6 makes its running worker close every port for two seconds when a
 * reload meets one that is taken: that has to be known before.
 */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import ipaddr from 'ipaddr.js';
import { SluiceError } from '../../model/errors.js';
import type { ProxyConfig } from '../proxy-config.js';

export interface Endpoint {
  address: string;
  port: number;
}

const BIND = /^(?:ipv[46]@)?(\[?[\d.]+\]?|\[?[\da-f:.]*:[\da-f:.]*\]?|\*?):(\d+)$/i;
/** TCP_LISTEN in include/net/tcp_states.h. */
const LISTENING = '0A';

/** `address:port` of every TCP `bind` line. Sockets in the file system are left out. */
export function bindsOf(text: string): Endpoint[] {
  const found: Endpoint[] = [];
  for (const [, list] of text.matchAll(/^\s*bind\s+(\S+)/gm)) {
    for (const bind of list!.split(',')) {
      const match = BIND.exec(bind);
      if (match !== null) {
        const address = match[1]!.replace(/^\[(.*)\]$/, '$1');
        found.push({ address: address === '' || address === '*' ? '0.0.0.0' : address, port: Number(match[2]) });
      }
    }
  }
  return found;
}

/** What `next` listens on and `running` does not. */
export function newBinds(running: ProxyConfig, next: ProxyConfig): Endpoint[] {
  const listening = new Set<string>();
  for (const text of running.frontends.values()) {
    for (const { address, port } of bindsOf(text)) {
      listening.add(`${address} ${port}`);
    }
  }
  const changed = [...next.frontends].filter(([name, text]) => running.frontends.get(name) !== text);
  return changed
    .flatMap(([, text]) => bindsOf(text))
    .filter(({ address, port }) => !listening.has(`${address} ${port}`));
}

/** Listens for a moment at each. @throws SluiceError `conflict` that names those where somebody else does */
export async function ensureFree(endpoints: readonly Endpoint[]): Promise<void> {
  const problems: string[] = [];
  for (const endpoint of endpoints) {
    const code = await tryListen(endpoint);
    if (code === 'EADDRINUSE') {
      problems.push(`${endpoint.address} port ${endpoint.port}: another program listens there`);
    } else if (code !== undefined) {
      problems.push(`${endpoint.address} port ${endpoint.port}: the host refuses it (${code})`);
    }
  }
  if (problems.length > 0) {
    const message = `cannot listen at ${problems.slice(0, 5).join('; ')}. Use another port, or stop that program`;
    throw new SluiceError('conflict', message);
  }
}

/** @returns the code of what was in the way */
async function tryListen({ address, port }: Endpoint): Promise<string | undefined> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, exclusive: true, backlog: 1 }, () => server.close(() => resolve(undefined)));
  });
  if (code !== 'EADDRNOTAVAIL' || !address.includes(':')) {
    return code;
  }
  // A local route is enough to listen at an IPv4 address; at an IPv6 address only `transparent` is, which node does not have.
  return (await isListening6(address, port)) ? 'EADDRINUSE' : undefined;
}

/** Whether the kernel lists a listener at this IPv6 address or at all of them. */
async function isListening6(address: string, port: number): Promise<boolean> {
  const wanted = [kernelText(address), kernelText('::')].map((text) => `${text}:${hex(port, 4)}`);
  const input = createReadStream('/proc/net/tcp6');
  for await (const line of createInterface({ input })) {
    const [, local, , state] = line.trim().split(/\s+/);
    if (local === 'local_address') {
      continue;
    }
    if (state !== LISTENING) {
      // The kernel lists listeners first; connections may be a million.
      input.destroy();
      return false;
    }
    if (wanted.includes(local!)) {
      input.destroy();
      return true;
    }
  }
  return false;
}

/** An IPv6 address as /proc/net/tcp6 has it: four words in the byte order of the host, which is little endian. */
function kernelText(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray();
  const words = [0, 4, 8, 12].map((at) => bytes.slice(at, at + 4).reverse());
  return words
    .flat()
    .map((byte) => hex(byte, 2))
    .join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
