/** Configurations for the engine, smaller than those of real load balancers. */
import type { ProxyBackend, ProxyConfig, ProxyServer } from '../../proxy-config.js';

/** What every HAProxy here has; connections that rest are ended by the client or by time, never in the middle of a request. */
const BASE = `global
  stats socket {{RUN}}/haproxy.sock mode 600 level admin expose-fd listeners
  user haproxy
  group haproxy
  chroot {{RUN}}/jail
  nbthread 2
  maxconn 5000
  mworker-max-reloads 50
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  option idle-close-on-response
  option redispatch
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 2s
  timeout tunnel 1h`;

export type Difference = Partial<{ [Key in keyof ProxyConfig]: ProxyConfig[Key] }>;

export function configOf(parts: Difference = {}): ProxyConfig {
  return {
    base: BASE,
    frontends: new Map(),
    backends: new Map(),
    variables: new Map(),
    maps: new Map(),
    certificates: new Map(),
    certificateLists: new Map(),
    authorities: new Map(),
    revocations: new Map(),
    pages: new Map(),
    addresses: [],
    warnings: [],
    ...parts,
  };
}

/** An HTTP listener on loopback. @param lines what else stands in it */
export function frontend(name: string, port: number, lines: readonly string[]): string {
  return [`frontend ${name}`, `  bind 127.0.0.1:${port}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** @param ports of its servers, all on loopback */
export function backend(name: string, ports: readonly number[], difference: Partial<ProxyBackend> = {}): ProxyBackend {
  const text = `backend ${name}\n  balance roundrobin`;
  return {
    text,
    dynamic: true,
    servers: new Map(ports.map((port) => [serverName(port), server(port)])),
    ...difference,
  };
}

export function server(port: number, difference: Partial<ProxyServer> = {}): ProxyServer {
  return { address: '127.0.0.1', port, options: '', weight: 1, up: true, memberId: `m-${port}`, ...difference };
}

export function serverName(port: number): string {
  return `127.0.0.1:${port}`;
}

/** The backend with one server otherwise, or without it. */
export function withServer(of: ProxyBackend, port: number, difference: Partial<ProxyServer> | null): ProxyBackend {
  const servers = new Map(of.servers);
  const name = serverName(port);
  if (difference === null) {
    servers.delete(name);
  } else {
    servers.set(name, { ...(servers.get(name) ?? server(port)), ...difference });
  }
  return { ...of, servers };
}
