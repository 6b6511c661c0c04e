/**
 * The host file: what one gateway host is, as opposed to what is balanced. YAML, by default /etc/sluice/sluice.yaml.
 */
import { type Fault, SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec } from '../model/resources.js';
import type { Subnet } from '../model/subnet.js';
import { below, type FaultReport, isObject } from '../schema/faults.js';
import { Reader } from '../schema/reader.js';
import { type AccessLogConfig, readAccessLog } from './access-log-fields.js';
import { type ApiConfig, readApi } from './api-fields.js';
import { parseDocuments, type SourceDocument } from './document.js';
import { readConfigFile } from './files.js';
import { type GatewayConfig, readGateway } from './gateway-fields.js';
import { hostSection } from './host-schema.js';
import { type ProxySettings, readProxy } from './proxy-fields.js';
import { inTextOrder, Report } from './report.js';
import { readSubnets } from './subnets.js';
import { readLoadBalancers } from './tree.js';
import { readVault, type VaultSettings } from './vault-fields.js';

export { type ApiConfig, DEFAULT_LISTEN, DEFAULT_SOCKET } from './api-fields.js';

export interface HostConfig {
  gateway: GatewayConfig;
  api: ApiConfig;
  proxy: ProxySettings;
  /** Null: no access log is written. */
  accessLog: AccessLogConfig | null;
  vault: VaultSettings;
  /** Subnets that VIPs are allocated from; empty when none are written. */
  subnets: Subnet[];
  /** Load balancers that every start applies; empty when none are written. */
  loadbalancers: LoadBalancerSpec[];
  /** What is accepted but worth knowing. */
  warnings: Fault[];
}

export const DEFAULT_HOST_FILE = '/etc/sluice/sluice.yaml';

/**
 * Reads and validates a host file.
 * @throws SluiceError `file_unreadable`, or as {@link parseHostFile}
 */
export async function loadHostFile(path: string): Promise<HostConfig> {
  return parseHostFile(await readConfigFile(path), path);
}

/**
 * Validates the text of a host file and fills in defaults.
 * @param source its name in error messages
 * @throws SluiceError `invalid_configuration`, `conflict` or `unsupported` with every fault, its path and its position
 */
export function parseHostFile(text: string, source = 'host file'): HostConfig {
  const { documents, faults } = parseDocuments(text);
  const [document, second] = documents;
  if (second) {
    faults.push({
      code: 'syntax',
      path: '',
      message: 'a host file is one document',
      suggestion: 'remove the line --- and what follows it',
    });
  }
  if (!document && faults.length === 0) {
    faults.push({
      code: 'missing',
      path: '',
      message: 'the host file is empty',
      suggestion: 'start from examples/sluice.yaml',
    });
  }
  const config = document && readHost(document, faults);
  if (!config || faults.length > 0) {
    throw SluiceError.fromFaults(inTextOrder(faults), source);
  }
  return config;
}

const reader = new Reader(hostSection);

function readHost(document: SourceDocument, faults: Fault[]): HostConfig {
  const report = new Report(document);
  const tell: FaultReport = (path, detail) => report.fault(path, detail);
  const source = isObject(document.value) ? document.value : {};
  // A section left out has the defaults of its fields.
  const { api: writtenApi, proxy: writtenProxy, vault: writtenVault } = source;
  const value = isObject(document.value)
    ? { ...source, api: writtenApi ?? {}, proxy: writtenProxy ?? {}, vault: writtenVault ?? {} }
    : document.value;
  const written = reader.read(value, tell);
  const gateway = readGateway(written.gateway, source.gateway, below(tell, 'gateway'));
  const localAddresses = new Set(gateway.local_addresses);
  const subnets = readSubnets(written.subnets, localAddresses, below(tell, 'subnets'));
  const api = readApi(written.api, below(tell, 'api'));
  const proxy = readProxy(written.proxy, api.socket, gateway.name);
  const accessLog = readAccessLog(written.access_log, below(tell, 'access_log'));
  const loadbalancers = readLoadBalancers(report, ['loadbalancers'], source.loadbalancers, localAddresses);
  for (const [index, { vip_address }] of loadbalancers.entries()) {
    const routed = subnets.find(({ gateway_ip }) => gateway_ip !== null && gateway_ip === vip_address);
    if (routed) {
      tell(['loadbalancers', index, 'vip_address'], {
        code: 'conflict',
        message: `${vip_address} is the router of subnet "${routed.name}"`,
        suggestion: 'give the load balancer another VIP',
      });
    }
  }
  faults.push(...report.faults);
  return {
    gateway,
    api,
    proxy,
    accessLog,
    vault: readVault(written.vault),
    subnets,
    loadbalancers,
    warnings: report.warnings,
  };
}
