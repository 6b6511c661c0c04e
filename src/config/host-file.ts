/**
 * The host file: what one gateway host is, as opposed to what is balanced. YAML, by default /etc/sluice/sluice.yaml.
 */
import { parseAddressSet } from '../model/address.js';
import { type Fault, SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec } from '../model/resources.js';
import { parseDocuments, type SourceDocument } from './document.js';
import { Fields, show } from './fields.js';
import { readConfigFile } from './files.js';
import { type GatewayConfig, readGateway } from './gateway-fields.js';
import { inTextOrder, Report } from './report.js';
import { readLoadBalancers } from './tree.js';

export interface ApiConfig {
  /** Address and port of the HTTP server. */
  listen: { address: string; port: number };
  /** Path of the Unix socket for the command line. */
  socket: string;
}

export interface HostConfig {
  gateway: GatewayConfig;
  api: ApiConfig;
  /** Load balancers that every start applies; empty when none are written. */
  loadbalancers: LoadBalancerSpec[];
  /** What is accepted but worth knowing. */
  warnings: Fault[];
}

export const DEFAULT_HOST_FILE = '/etc/sluice/sluice.yaml';
export const DEFAULT_SOCKET = '/run/sluice/sluice.sock';
export const DEFAULT_LISTEN = '127.0.0.1:9876';

/** sun_path of a Unix socket address holds 107 characters and a zero. */
const MAX_SOCKET_PATH = 107;

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

function readHost(document: SourceDocument, faults: Fault[]): HostConfig {
  const report = new Report(document);
  const fields = new Fields(report, [], document.value, 'a host file');
  const gateway = readGateway(report, fields);
  const config: HostConfig = {
    gateway,
    api: readApi(report, fields),
    loadbalancers: readLoadBalancers(
      report,
      ['loadbalancers'],
      fields.raw('loadbalancers'),
      new Set(gateway.local_addresses),
    ),
    warnings: report.warnings,
  };
  fields.finish();
  faults.push(...report.faults);
  return config;
}

function readApi(report: Report, host: Fields): ApiConfig {
  const fields = new Fields(report, ['api'], host.raw('api') ?? {}, 'the api section');
  const text = fields.text('listen', { max: 64 }) ?? DEFAULT_LISTEN;
  const listen = parseListen(text);
  if (!listen) {
    report.fault(fields.at('listen'), {
      message: `${show(text)} is not an address and port`,
      suggestion: `write address:port such as ${DEFAULT_LISTEN} or "[::1]:9876"`,
    });
  }
  const socket = fields.path('socket', MAX_SOCKET_PATH) ?? DEFAULT_SOCKET;
  fields.unsupported(['auth', 'admin_password_file'], 'remove it: only the Unix socket is served, by file permission');
  fields.finish();
  return { listen: listen ?? { address: '', port: 0 }, socket };
}

function parseListen(text: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const set = match && parseAddressSet((match[1] ?? match[2])!);
  const port = Number(match?.[3]);
  return set && set.size === 1n && port >= 1 && port <= 65_535 ? { address: set.first, port } : undefined;
}
