/** What a configuration is compared with: the host it is for. */

/** The host as it is; whoever reads it from the kernel brings it. */
export interface HostSnapshot {
  interfaces: readonly HostInterface[];
  /** Sockets of the host's own programs; absent: not looked at. */
  sockets?: readonly HostSocket[];
}

export interface HostInterface {
  name: string;
  ifindex: number;
  /** With prefix length: `198.18.0.1/24`. */
  addresses: readonly string[];
  up: boolean;
}

/** A socket that listens (TCP) or is bound (UDP). */
export interface HostSocket {
  protocol: 'TCP' | 'UDP';
  /** Canonical text; `0.0.0.0` or `::` for all addresses of the host. */
  address: string;
  port: number;
}
