/**
 * Which half of the gateway serves a listener: XDP moves packets from address to address; what speaks HTTP or TLS, or writes a PROXY
 * header, is the proxy's.
 */
import {
  defaultPool,
  type Listener,
  type ListenerProtocol,
  type LoadBalancer,
  type Pool,
  vipsOf,
} from './resources.js';

export type Server = 'xdp' | 'proxy';

const SPOKEN: ReadonlySet<ListenerProtocol> = new Set(['HTTP', 'TERMINATED_HTTPS', 'PROMETHEUS']);
/** Streams that are passed on as they are, unless their pool asks for more. */
const STREAMS: ReadonlySet<ListenerProtocol> = new Set(['TCP', 'HTTPS']);

/** Who serves a listener. Its default pool has a say: another pool may hand it from one to the other. */
export function servedBy(loadbalancer: LoadBalancer, listener: Listener): Server {
  if (SPOKEN.has(listener.protocol)) {
    return 'proxy';
  }
  const pool = STREAMS.has(listener.protocol) ? defaultPool(loadbalancer, listener) : undefined;
  return pool && needsProxy(pool) ? 'proxy' : 'xdp';
}

/** Whether a listener's bytes are passed on without looking for requests in them. */
export function isStream({ protocol }: Pick<Listener, 'protocol'>): boolean {
  return STREAMS.has(protocol);
}

/** Whether members of a pool expect bytes that their clients did not send. */
function needsProxy({ protocol, tls_enabled: tls }: Pool): boolean {
  return protocol === 'PROXY' || protocol === 'PROXYV2' || tls;
}

/** VIPs with an enabled listener of the proxy, canonical text, each once: the host has to take them as its own. */
export function proxiedVips({ loadbalancers }: { readonly loadbalancers: readonly LoadBalancer[] }): string[] {
  const proxied = loadbalancers.filter(
    (loadbalancer) =>
      loadbalancer.admin_state_up &&
      loadbalancer.listeners.some((one) => one.admin_state_up && servedBy(loadbalancer, one) === 'proxy'),
  );
  return [...new Set(proxied.flatMap(vipsOf))];
}
