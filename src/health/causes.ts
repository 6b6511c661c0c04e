/** Why a probe failed, in words a person can act on. */
import { getSystemErrorName } from 'node:util';
import type { IcmpError, WireAnswer } from './wire.js';

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'refused: nothing listens on that port',
  ECONNRESET: 'connection reset by the member',
  EPIPE: 'connection reset by the member',
  EHOSTUNREACH: 'no route to host: the address does not answer on its network, or a router turned the packet away',
  ENETUNREACH: 'network unreachable: the gateway has no route to the member',
  EHOSTDOWN: 'host is down: the address does not answer on its network',
  EACCES: 'prohibited: a route of the gateway forbids the way to the member',
  EINVAL: 'no way to the member: its route on the gateway leads nowhere',
  // What follows is the gateway's own and counts for no member.
  EPERM: "blocked by the gateway's own firewall, or the daemon may not send this (ICMP echo needs CAP_NET_RAW)",
  EADDRNOTAVAIL: 'no free port on the gateway for the check: widen net.ipv4.ip_local_port_range',
  EAGAIN: 'no free port on the gateway for the check: widen net.ipv4.ip_local_port_range',
  EMFILE: 'the gateway has no file descriptors left for the check: raise LimitNOFILE',
  ENFILE: 'the gateway has no file descriptors left for the check: raise fs.file-max',
  ENOMEM: 'the gateway has no memory left for the check',
  ENOBUFS: 'the gateway has no memory left for the check',
};

/** Words for a failed system call; `code` is an errno name. Unknown ones keep their name, so that they can be looked up. */
export function causeOfCode(code: string, timeoutMs: number): string {
  if (code === 'ETIMEDOUT' || code === 'EINPROGRESS') {
    return timedOut(timeoutMs);
  }
  return CAUSES[code] ?? `failed with ${code}`;
}

/** The same for a positive errno. */
export function causeOfErrno(errno: number, timeoutMs: number): string {
  return causeOfCode(getSystemErrorName(-errno), timeoutMs);
}

/** Words for a probe that ended with an error. */
export function causeOfAnswer({ errno, icmp }: WireAnswer, address: string, timeoutMs: number): string {
  return icmp ? causeOfIcmp(icmp, address) : causeOfErrno(errno, timeoutMs);
}

/** Words for a probe that had no answer in time. @param detail what is known beyond that */
export function timedOut(timeoutMs: number, detail?: string): string {
  const words = `timed out after ${timeoutMs / 1000} s`;
  return detail === undefined ? words : `${words}: ${detail}`;
}

const PORT = 'ICMP port unreachable: nothing listens on that port';
const HOST = 'ICMP host unreachable: the address does not answer on its network';
const NETWORK = 'ICMP network unreachable: a router on the way has no route to the member';
const FIREWALL = 'ICMP administratively prohibited: a firewall turns the check away';
const LOOP = 'ICMP time exceeded: too many routers on the way, perhaps a routing loop';

/** Codes of type 3 (RFC 792, 1122, 1812). */
const UNREACHABLE_4: Record<number, string> = {
  0: NETWORK,
  1: HOST,
  2: 'ICMP protocol unreachable: the member does not serve this protocol',
  3: PORT,
  6: NETWORK,
  7: HOST,
  9: FIREWALL,
  10: FIREWALL,
  13: FIREWALL,
};

/** Codes of type 1 (RFC 4443). */
const UNREACHABLE_6: Record<number, string> = { 0: NETWORK, 1: FIREWALL, 3: HOST, 4: PORT, 5: FIREWALL, 6: NETWORK };

function causeOfIcmp({ type, code }: IcmpError, address: string): string {
  const [unreachable, exceeded, words] = address.includes(':') ? [1, 3, UNREACHABLE_6] : [3, 11, UNREACHABLE_4];
  if (type === exceeded) {
    return LOOP;
  }
  return (type === unreachable ? words[code] : undefined) ?? `ICMP error of type ${type}, code ${code}`;
}
