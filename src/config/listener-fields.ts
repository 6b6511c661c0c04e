/**
 * Load balancers and listeners as Octavia's create body has them, and the links from listeners to pools.
 */
import {
  CLIENT_ADDRESS_MODES,
  DEFAULT_TIMEOUT_CLIENT_DATA,
  LISTENER_PROTOCOLS,
  type ListenerSpec,
  type LoadBalancerSpec,
  type PoolSpec,
} from '../model/resources.js';
import { type Origins, readDescription, readName, readResource } from './common-fields.js';
import type { Path } from './document.js';
import { Fields, isObject, show } from './fields.js';
import { readPool } from './pool-fields.js';
import { nearest, type Report } from './report.js';

const LATER_PROTOCOLS = ['HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'SCTP', 'PROMETHEUS'];
const LATER_VIP_FIELDS = ['vip_subnet_id', 'vip_network_id', 'vip_port_id', 'vip_qos_policy_id', 'additional_vips'];
const LATER_LOADBALANCER_FIELDS = ['provider', 'flavor_id', 'availability_zone', 'project_id', 'tenant_id'];
const LATER_L7_FIELDS = [
  'l7policies',
  'insert_headers',
  'default_tls_container_ref',
  'sni_container_refs',
  'client_authentication',
  'client_ca_tls_container_ref',
  'client_crl_container_ref',
  'tls_ciphers',
  'tls_versions',
  'alpn_protocols',
  'hsts_max_age',
  'hsts_include_subdomains',
  'hsts_preload',
];
const LATER_TIMEOUTS = ['timeout_member_connect', 'timeout_member_data', 'timeout_tcp_inspect'];

/** LI-2 in ms: 1..86,400 s. */
const MIN_IDLE = 1000;
const MAX_IDLE = 86_400_000;

/** A load balancer written at `path`, with its listeners and pools. */
export function readLoadBalancer(report: Report, origins: Origins, path: Path, value: unknown): LoadBalancerSpec {
  const fields = new Fields(report, path, value, 'a load balancer');
  const pools = fields.list('pools').map((item, index) => {
    return readPool(report, origins, [...fields.at('pools'), index], item);
  });
  const loadbalancer: LoadBalancerSpec = {
    ...readResource(fields, report),
    name: readName(fields, 1),
    description: readDescription(fields),
    vip_address: fields.address('vip_address') ?? '',
    listeners: fields.list('listeners').map((item, index) => {
      return readListener(report, origins, [...fields.at('listeners'), index], item, pools);
    }),
    pools,
  };
  fields.require(['name', 'vip_address'], {
    name: 'add name: apply finds load balancers by it',
    vip_address: 'add vip_address: the IP address clients connect to',
  });
  fields.unsupported(LATER_VIP_FIELDS, 'give the address itself as vip_address');
  fields.unsupported(LATER_LOADBALANCER_FIELDS, 'remove it');
  fields.finish();
  origins.set(loadbalancer, { report, path });
  return loadbalancer;
}

function readListener(report: Report, origins: Origins, path: Path, value: unknown, pools: PoolSpec[]): ListenerSpec {
  const fields = new Fields(report, path, value, 'a listener');
  const written = fields.choice('protocol', LISTENER_PROTOCOLS, LATER_PROTOCOLS);
  const protocol = written ?? 'TCP';
  const port = fields.integer('protocol_port', 1, 65_535) ?? 0;
  const listener: ListenerSpec = {
    ...readResource(fields, report),
    name: readName(fields),
    description: readDescription(fields),
    protocol,
    // A port without a protocol clashes with nothing.
    protocol_port: written ? port : 0,
    timeout_client_data:
      fields.integer('timeout_client_data', MIN_IDLE, MAX_IDLE) ?? DEFAULT_TIMEOUT_CLIENT_DATA[protocol],
    client_address:
      (protocol === 'UDP'
        ? fields.choice('client_address', ['none'], ['uoa'])
        : fields.choice('client_address', CLIENT_ADDRESS_MODES)) ?? (protocol === 'UDP' ? 'none' : 'toa'),
    default_pool: readDefaultPool(fields, report, origins, pools),
  };
  fields.require(['protocol', 'protocol_port'], {
    protocol: `add protocol: ${LISTENER_PROTOCOLS.join(' or ')}`,
    protocol_port: 'add protocol_port: the port clients connect to, 1 to 65,535',
  });
  checkPoolProtocol(fields, report, listener, written !== undefined);
  refuseLater(fields);
  fields.finish();
  origins.set(listener, { report, path });
  return listener;
}

function refuseLater(fields: Fields): void {
  if (Number(fields.raw('connection_limit') ?? -1) !== -1) {
    fields.unsupported(['connection_limit'], 'write -1 for no limit, or remove it');
  }
  fields.unsupported(LATER_L7_FIELDS, 'remove it: it needs an HTTP or HTTPS listener, which a later release serves');
  fields.unsupported(['allowed_cidrs'], 'remove it and filter in front of the gateway: it is not enforced yet');
  fields.unsupported(
    LATER_TIMEOUTS,
    'remove it: a session has one idle time for both directions, timeout_client_data in ms',
  );
}

/** A pool written inside the listener, or a reference to one of the load balancer's pools by name or id. */
function readDefaultPool(fields: Fields, report: Report, origins: Origins, pools: PoolSpec[]): PoolSpec | null {
  if (fields.has('default_pool') && fields.has('default_pool_id')) {
    report.fault(fields.at('default_pool_id'), {
      code: 'conflict',
      message: 'default_pool and default_pool_id are both given',
      suggestion: 'keep one of them',
      part: 'key',
    });
  }
  if (fields.has('default_pool')) {
    const value = fields.raw('default_pool');
    if (typeof value === 'string') {
      report.fault(fields.at('default_pool'), {
        message: `${show(value)} is not a pool`,
        suggestion: `write default_pool: {name: ${show(value)}} to use the pool of that name`,
      });
      return null;
    }
    if (isReference(value)) {
      return findPool(report, [...fields.at('default_pool'), 'name'], pools, 'name', value.name);
    }
    const pool = readPool(report, origins, fields.at('default_pool'), value);
    pools.push(pool);
    return pool;
  }
  const id = fields.text('default_pool_id', { max: 36 });
  return id === undefined ? null : findPool(report, fields.at('default_pool_id'), pools, 'id', id.toLowerCase());
}

/** A mapping with a name and nothing else: no pool can be created from that. */
function isReference(value: unknown): value is { name: string } {
  return isObject(value) && typeof value.name === 'string' && Object.keys(value).length === 1;
}

function findPool(report: Report, path: Path, pools: PoolSpec[], key: 'name' | 'id', wanted: string): PoolSpec | null {
  const found = pools.find((pool) => pool[key] === wanted);
  if (found) {
    return found;
  }
  const known = pools.map((pool) => pool[key] ?? '').filter((text) => text !== '');
  const meant = nearest(wanted, known);
  report.fault(path, {
    message: `the load balancer has no pool with the ${key} ${show(wanted)}`,
    suggestion: meant
      ? `did you mean ${show(meant)}?`
      : 'write the pool under pools of the load balancer, or all of it under default_pool',
  });
  return null;
}

function checkPoolProtocol(fields: Fields, report: Report, listener: ListenerSpec, known: boolean): void {
  const pool = listener.default_pool;
  if (pool && known && pool.protocol !== listener.protocol) {
    report.fault(fields.at(fields.has('default_pool') ? 'default_pool' : 'default_pool_id'), {
      message: `a ${listener.protocol} listener cannot use a ${pool.protocol} pool`,
      suggestion: `give the pool protocol: ${listener.protocol}, or the listener another pool`,
    });
  }
}
