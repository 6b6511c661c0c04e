/** Why a probe failed, in words a person can act on. */
import { getSystemErrorName } from 'node:util';

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'refused: nothing listens on that port',
  ECONNRESET: 'connection reset by the member',
  EHOSTUNREACH: 'no route to host: the address does not answer on its network, or a router turned the packet away',
  ENETUNREACH: 'network unreachable: the gateway has no route to the member',
  EHOSTDOWN: 'host is down: the address does not answer on its network',
  EACCES: "blocked by the gateway's own firewall",
  EPERM: "blocked by the gateway's own firewall",
  EADDRNOTAVAIL: 'no free port on the gateway for the check: widen net.ipv4.ip_local_port_range',
  EMFILE: 'the gateway has no file descriptors left for the check: raise LimitNOFILE',
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

/** Words for a probe that had no answer in time. */
export function timedOut(timeoutMs: number): string {
  return `timed out after ${timeoutMs / 1000} s`;
}
