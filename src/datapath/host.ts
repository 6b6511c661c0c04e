/** What the host says about its interfaces. Asked of iproute2, because sysfs shows another network namespace than the process's. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SluiceError } from '../model/errors.js';

const run = promisify(execFile);

/** One interface of the host. */
export interface HostInterface {
  name: string;
  ifindex: number;
  mtu: number;
  up: boolean;
  /** Six bytes; zeros on interfaces without a link layer. */
  mac: Uint8Array;
  /** Canonical text with prefix lengths: `198.18.0.1/24`. */
  addresses: string[];
  /** Id of the XDP program that runs on it; 0: none. */
  xdpProgram: number;
}

interface IpLink {
  ifindex: number;
  ifname: string;
  mtu: number;
  flags: string[];
  address?: string;
  addr_info?: { local: string; prefixlen: number }[];
  xdp?: { prog?: { id: number } };
}

/** Interfaces of this network namespace by name. */
export async function readInterfaces(): Promise<Map<string, HostInterface>> {
  let text: string;
  try {
    text = (await run('ip', ['-json', '-details', 'address', 'show'], { maxBuffer: 64 << 20 })).stdout;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const hint = missing ? 'install iproute2 (apt install iproute2)' : String((cause as Error).message).trim();
    throw new SluiceError('dataplane_failed', `cannot ask for the host's interfaces: ${hint}`, { cause });
  }
  return parseInterfaces(text);
}

/** Reads what `ip -json -details address show` prints. */
export function parseInterfaces(json: string): Map<string, HostInterface> {
  // iproute2 prints empty objects for interfaces that a filter leaves out.
  const links = (JSON.parse(json) as Partial<IpLink>[]).filter((link): link is IpLink => link.ifname !== undefined);
  return new Map(links.map((link) => [link.ifname, hostInterface(link)]));
}

function hostInterface(link: IpLink): HostInterface {
  return {
    name: link.ifname,
    ifindex: link.ifindex,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    mac: macBytes(link.address ?? ''),
    addresses: (link.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    xdpProgram: link.xdp?.prog?.id ?? 0,
  };
}

function macBytes(text: string): Uint8Array {
  const bytes = text.split(':').map((part) => Number.parseInt(part, 16));
  return bytes.length === 6 && !bytes.some(Number.isNaN) ? Uint8Array.from(bytes) : new Uint8Array(6);
}
