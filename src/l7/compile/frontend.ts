/** Listeners as frontends. */
import type { Fault } from '../../model/errors.js';
import type { Listener, LoadBalancer } from '../../model/resources.js';
import type { Certificate } from '../../model/state.js';
import type { ProxyFeatures } from '../proxy-config.js';
import { type ActionTargets, actionWord, poolsOfPolicies, USE_POLICY } from './actions.js';
import { exactnessLines } from './exactness.js';
import { headerLines } from './headers.js';
import { balancerLimits, type balancerLimitsOf, type Limits, listenerLimits } from './limits.js';
import type { Resolve } from './materials.js';
import { backendName, listenerName, type PoolUse } from './names.js';
import { orderOf } from './order.js';
import { positionLines } from './position.js';
import { METRICS_BACKEND, prometheusLines } from './prometheus.js';
import { comment, label, section, timeout } from './text.js';
import { hstsLines, listenerTls } from './tls.js';

/** What a listener's section needs to know of its load balancer. */
export interface Surroundings {
  loadbalancer: Pick<LoadBalancer, 'id' | 'name'>;
  /** Canonical text. */
  vips: readonly string[];
  /** Which limits the load balancer has. */
  limits: ReturnType<typeof balancerLimitsOf>;
  /** Whether any of its listeners tells members about certificates of clients. */
  proofs: boolean;
  /** Ports of its listeners, by id. */
  ports: ReadonlyMap<string, number>;
}

/** All that a listener makes. */
export interface Frontend {
  text: string;
  /** Pools it sends to, by the names of their backends. */
  uses: Map<string, PoolUse>;
  maps: Map<string, string[]>;
  tables: Map<string, string>;
  /** Of the list of certificates; empty: it has none. */
  list: string[];
  certificates: Certificate[];
  warnings: Fault[];
}

export interface FrontendInput {
  listener: Listener;
  surroundings: Surroundings;
  features: ProxyFeatures;
  /** Lines about its log. */
  log: readonly string[];
  resolve: Resolve;
}

/** ms within which a request's headers have to be there: who sends them byte by byte holds a connection no longer. */
const REQUEST = 10_000;

/** @throws SluiceError for references to certificates that do not exist */
export function frontendOf(input: FrontendInput): Frontend {
  const { listener, surroundings, features } = input;
  const own = listenerLimits(listener, features);
  const balancer = balancerLimits(surroundings.loadbalancer, surroundings.limits);
  const limits: Limits = {
    ...own,
    connection: [...own.connection, ...balancer.connection],
    request: [...own.request, ...balancer.request],
    passed: [...own.passed, ...balancer.passed],
  };
  if (listener.protocol === 'PROMETHEUS') {
    return httpFrontend(input, limits, prometheusLines(surroundings.loadbalancer.id), METRICS_BACKEND);
  }
  return listener.protocol === 'HTTP' || listener.protocol === 'TERMINATED_HTTPS'
    ? requestFrontend(input, limits)
    : streamFrontend(input, limits);
}

/** Ways in which a listener uses pools, gathered while its lines are made. */
class Uses {
  /** By the name of the backend. */
  readonly all = new Map<string, PoolUse>();
  readonly #names = new Map<string, string>();

  constructor(private readonly how: Omit<PoolUse, 'pool'>) {}

  /** Ten thousand policies may name the same few pools. */
  backendOf = (pool: string): string => {
    let name = this.#names.get(pool);
    if (name === undefined) {
      const use = { ...this.how, pool };
      name = backendName(use);
      this.#names.set(pool, name);
      this.all.set(name, use);
    }
    return name;
  };
}

function requestFrontend(input: FrontendInput, limits: Limits): Frontend {
  const { listener, surroundings } = input;
  const uses = new Uses({
    connect: listener.timeout_member_connect,
    data: listener.timeout_member_data,
    mode: 'http',
    preserveHost: listener.preserve_host,
  });
  for (const pool of poolsOfPolicies(listener)) {
    uses.backendOf(pool);
  }
  const targets: ActionTargets = { backendOf: uses.backendOf, ports: surroundings.ports };
  const byExactness = orderOf(listener) === 'EXACTNESS';
  const policies = byExactness
    ? exactnessLines(listener, (policy) => actionWord(policy, targets))
    : { lines: positionLines(listener, targets), maps: new Map<string, string[]>() };
  const isUse = (line: string): boolean => line.startsWith('use_backend ');
  const lines = [
    ...headerLines(listener, surroundings.proofs),
    ...policies.lines.filter((line) => !isUse(line)),
    ...compressionLines(listener),
    ...(byExactness && policies.lines.length > 0 ? [USE_POLICY] : policies.lines.filter(isUse)),
  ];
  const backend = listener.default_pool_id === null ? undefined : uses.backendOf(listener.default_pool_id);
  const frontend = httpFrontend(input, limits, lines, backend);
  return { ...frontend, uses: uses.all, maps: new Map([...frontend.maps, ...policies.maps]) };
}

/** @param backend where requests go; undefined: HAProxy answers 503 */
function httpFrontend(
  { listener, surroundings, log, resolve }: FrontendInput,
  limits: Limits,
  lines: readonly string[],
  backend: string | undefined,
): Frontend {
  const tls = listenerTls(listener, resolve);
  const name = listenerName(listener);
  const client = listener.timeout_client_data;
  const text = section(`frontend ${name} from http`, [
    comment(`${label('load balancer', surroundings.loadbalancer)}, ${label('listener', listener)}`),
    bindLine(listener, surroundings.vips, tls.words),
    `timeout client ${timeout(client)}`,
    `timeout http-request ${timeout(Math.min(client, REQUEST))}`,
    `timeout http-keep-alive ${timeout(listener.timeout_http_keepalive)}`,
    ...log,
    ...limits.connection,
    ...limits.other,
    ...limits.request,
    ...limits.passed,
    ...keepAliveLines(listener),
    ...hstsLines(listener),
    ...lines,
    ...(backend === undefined ? [] : [`default_backend ${backend}`]),
  ]);
  return {
    text,
    uses: new Map(),
    maps: limits.maps,
    tables: limits.tables,
    list: tls.list,
    certificates: tls.certificates,
    warnings: [...limits.warnings, ...tls.warnings],
  };
}

/** Bytes are passed on: what XDP cannot do for TCP listeners, because their members expect a PROXY header or TLS. */
function streamFrontend({ listener, surroundings, log }: FrontendInput, limits: Limits): Frontend {
  const idle = listener.timeout_client_data;
  const uses = new Uses({ connect: listener.timeout_member_connect, data: idle, mode: 'tcp', preserveHost: true });
  const backend = listener.default_pool_id === null ? undefined : uses.backendOf(listener.default_pool_id);
  const text = section(`frontend ${listenerName(listener)} from tcp`, [
    comment(`${label('load balancer', surroundings.loadbalancer)}, ${label('listener', listener)}`),
    bindLine(listener, surroundings.vips, []),
    `timeout client ${timeout(idle)}`,
    ...log,
    // Refused with RST at once, as layer 4 does, instead of ended after the first bytes.
    ...(backend === undefined
      ? ['tcp-request connection reject']
      : [`tcp-request connection reject if { nbsrv(${backend}) eq 0 }`]),
    ...limits.connection,
    ...limits.other,
    ...(backend === undefined ? [] : [`default_backend ${backend}`]),
  ]);
  const { maps, tables, warnings } = limits;
  return { text, uses: uses.all, maps, tables, list: [], certificates: [], warnings };
}

function bindLine({ protocol_port: port }: Listener, vips: readonly string[], words: readonly string[]): string {
  const addresses = vips.map((vip) => (vip.includes(':') ? `[${vip}]:${port}` : `${vip}:${port}`));
  return ['bind', addresses.join(','), ...words].join(' ');
}

/** HTTP/2 takes no notice: its connections end when they are idle. */
function keepAliveLines({ keepalive_requests: requests, protocol }: Listener): string[] {
  return requests === 0 || protocol === 'PROMETHEUS'
    ? []
    : [
        'http-request set-var(sess.requests) var(sess.requests,0),add(1)',
        // Not where the connection becomes a WebSocket's.
        `http-after-response set-header Connection close if { var(sess.requests) -m int ge ${requests} } !{ status 101 }`,
      ];
}

/** Texts of the web; what is compressed already only gets longer. */
const COMPRESSED = [
  ...['text/html', 'text/plain', 'text/css', 'text/xml', 'text/csv', 'text/javascript'],
  ...['application/javascript', 'application/json', 'application/ld+json', 'application/manifest+json'],
  ...['application/xml', 'application/xhtml+xml', 'application/rss+xml', 'application/atom+xml'],
  ...['application/wasm', 'image/svg+xml', 'font/ttf', 'font/otf'],
];

function compressionLines({ compression }: Listener): string[] {
  return compression ? ['filter compression', 'compression algo gzip', `compression type ${COMPRESSED.join(' ')}`] : [];
}
