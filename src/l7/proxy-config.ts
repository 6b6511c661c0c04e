/**
 * What a HAProxy is to do, in pieces that can be compared. Names are file and section names; their order
 * follows from that of the state. A piece that a change leaves as it is keeps its reference, and so does a whole map of them.
 *
 * `{{RUN}}` stands for the run directory in every text here: whoever writes the files puts it in.
 *
 * Texts refer to one file that is not in here: {{RUN}}/tickets.keys, the keys of session tickets, which change with time and not with
 * the configuration. Whoever writes the files makes it before the first check: three lines, each 80 random bytes in base64. Every
 * 300 s the first line goes, a new one is appended, and the running proxy is told: `set ssl tls-key {{RUN}}/tickets.keys KEY`.
 */
import type { Fault } from '../model/errors.js';

export interface ProxyConfig {
  /** The sections that are no proxies: global, defaults, peers. They come first. */
  base: string;
  /** Name to section, with its header line. */
  frontends: ReadonlyMap<string, string>;
  /** Those with stick tables and no servers are among them. */
  backends: ReadonlyMap<string, ProxyBackend>;
  /** proc.NAME: numbers that change at run time, `set-var proc.NAME int(N)` in a global section, `set var` on the command socket. */
  variables: ReadonlyMap<string, number>;
  /** maps/NAME.map: its lines, `key value`, in the order in which they are to be searched. */
  maps: ReadonlyMap<string, readonly string[]>;
  /** certs/NAME.pem: chain and key. */
  certificates: ReadonlyMap<string, string>;
  /** lists/NAME.list: its lines as in a crt-list; the first is the default certificate. */
  certificateLists: ReadonlyMap<string, readonly string[]>;
  /** ca/NAME.pem */
  authorities: ReadonlyMap<string, string>;
  /** crl/NAME.pem */
  revocations: ReadonlyMap<string, string>;
  /** pages/NAME.http: a whole answer, for `errorfile`. */
  pages: ReadonlyMap<string, string>;
  /** VIPs the host has to take as its own. */
  addresses: readonly string[];
  /** What works but not as the configuration says. */
  warnings: readonly Fault[];
}

export interface ProxyBackend {
  /** Header line and everything but server lines. */
  text: string;
  /** Whether servers can be added at run time. */
  dynamic: boolean;
  /** By their names. */
  servers: ReadonlyMap<string, ProxyServer>;
}

export interface ProxyServer {
  address: string;
  port: number;
  /** What else stands in its line; only a reload, or removing and adding it, changes this. */
  options: string;
  /** 0..256 */
  weight: number;
  /** False: maintenance. It gets nothing new, not even from clients that stick to it. */
  up: boolean;
  memberId: string;
}

/** What the installed HAProxy can do. */
export interface ProxyFeatures {
  /** Major and minor. */
  version: readonly [number, number];
  /** `filter bwlim-in` and `bwlim-out`. */
  bandwidthLimits: boolean;
}
