/** Load balancers, and what else a configuration is compiled from, for tests. */
import { randomUUID } from 'node:crypto';
import type { ProxySettings } from '../../../config/proxy-fields.js';
import {
  L7_POLICY_DEFAULTS,
  L7_RULE_DEFAULTS,
  LOADBALANCER_DEFAULTS,
  listenerDefaults,
  MEMBER_DEFAULTS,
  MONITOR_DEFAULTS,
  POOL_DEFAULTS,
} from '../../../model/defaults.js';
import type {
  HealthMonitor,
  L7Policy,
  L7Rule,
  Listener,
  ListenerProtocol,
  LoadBalancer,
  Member,
  Pool,
} from '../../../model/resources.js';
import type { Certificate, CertificateType } from '../../../model/state.js';
import type { ProxyConfig, ProxyFeatures } from '../../proxy-config.js';
import { type CompileProxyInput, compileProxy, ProxyCache } from '../index.js';

export const PROJECT = '00000000-0000-4000-8000-000000000001';
export const FEATURES: ProxyFeatures = { version: [2, 6], bandwidthLimits: false };
export const SETTINGS: ProxySettings = {
  binary: 'haproxy',
  user: 'haproxy',
  threads: 2,
  max_connections: 2000,
  run_dir: '/run/sluice/proxy-test',
};

const made = () => ({
  id: randomUUID() as string,
  project_id: PROJECT,
  created_at: '2026-01-31T12:00:00',
  updated_at: null,
});

export function member(address: string, port: number, fields: Partial<Member> = {}): Member {
  return { ...made(), ...MEMBER_DEFAULTS, address, protocol_port: port, ...fields };
}

/** An HTTP round-robin pool without a monitor. */
export function pool(members: Member[], fields: Partial<Pool> = {}): Pool {
  return { ...made(), ...POOL_DEFAULTS, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members, ...fields };
}

export function monitor(fields: Partial<HealthMonitor> = {}): HealthMonitor {
  return { ...made(), ...MONITOR_DEFAULTS, type: 'TCP', ...fields };
}

export function rule(fields: Partial<L7Rule> & Pick<L7Rule, 'type' | 'value'>): L7Rule {
  return { ...made(), ...L7_RULE_DEFAULTS, compare_type: 'EQUAL_TO', ...fields };
}

export function policy(position: number, fields: Partial<L7Policy>): L7Policy {
  return { ...made(), ...L7_POLICY_DEFAULTS, action: 'REJECT', position, ...fields };
}

export function listener(protocol: ListenerProtocol, port: number, fields: Partial<Listener> = {}): Listener {
  return { ...made(), ...listenerDefaults(protocol), protocol, protocol_port: port, ...fields };
}

/** A load balancer at a loopback address of its own. */
export function loadBalancer(listeners: Listener[], pools: Pool[], fields: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    ...made(),
    ...LOADBALANCER_DEFAULTS,
    vip_address: '127.0.0.1',
    vip_port_id: randomUUID(),
    managed_by: 'api',
    public_addresses: [],
    listeners,
    pools,
    ...fields,
  };
}

/** @param key PEM of a SERVER certificate's private key; stands in for the sealed one */
export function certificate(type: CertificateType, pem: string, key: string | null = null): Certificate {
  const facts = {
    subject: null,
    issuer: '',
    domains: [],
    not_before: '2026-01-31T12:00:00',
    not_after: null,
    serial: null,
    fingerprint: '',
    key_type: null,
    count: 1,
  };
  const texts = { name: '', description: '', tags: [], type, certificate: pem, sealed_key: key, facts };
  return { ...made(), ...texts };
}

export type SampleInput = Partial<Omit<CompileProxyInput, 'state'>> & { certificates?: readonly Certificate[] };

/** What some load balancers compile to; nothing about logs. */
export function compiled(loadbalancers: LoadBalancer[], input: SampleInput = {}): ProxyConfig {
  const { certificates = [], ...rest } = input;
  return compileProxy({
    state: { loadbalancers, certificates: new Map(certificates.map((one) => [one.id, one])) },
    health: new Map(),
    specifications: new Map(),
    open: ({ sealed_key }) => sealed_key ?? '',
    settings: SETTINGS,
    features: FEATURES,
    accessLog: NO_LOG,
    cache: new ProxyCache(),
    ...rest,
  });
}

export const NO_LOG = (): string[] => [];
