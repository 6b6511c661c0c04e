/** Members as servers of a backend. */
import { referencesOfPool } from '../../certificates/references.js';
import type { Member, Pool } from '../../model/resources.js';
import type { Certificate } from '../../model/state.js';
import type { HealthView } from '../../plan/desired.js';
import type { ProxyServer } from '../proxy-config.js';
import { cipherWords, versionWords } from './ciphers.js';
import { authorityPath, certificatePath, type Resolve, revocationPath } from './materials.js';
import type { PoolUse } from './names.js';

/**
 * Servers that are added at run time get no defaults: without these two they would have a new connection for each request, while
 * those of the file keep idle ones.
 */
const KEEP_IDLE = ['pool-max-conn', '-1', 'pool-purge-delay', '5s'];
/** Variable with the name that members are asked for in TLS. */
export const SERVER_NAME = 'txn.server_name';

/** Nodes of the consistent hash are this often in the ring for each weight: few nodes are uneven shares. */
const HASH_NODES = 8;
const MOST_WEIGHT = 256;

export interface ServerOptions {
  words: string[];
  /** All that they refer to. */
  certificates: Certificate[];
}

/** What all servers of a backend have in their lines. @throws SluiceError for references to certificates that do not exist */
export function serverOptions(pool: Pool, mode: PoolUse['mode'], resolve: Resolve): ServerOptions {
  const proxy = { PROXY: ['send-proxy'], PROXYV2: ['send-proxy-v2'] };
  const header = pool.protocol === 'PROXY' || pool.protocol === 'PROXYV2' ? proxy[pool.protocol] : [];
  if (!pool.tls_enabled) {
    return { words: [...KEEP_IDLE, ...header], certificates: [] };
  }
  const found = new Map(referencesOfPool(pool).map((reference) => [reference.field, resolve(reference)]));
  const authority = found.get('ca_tls_container_ref');
  const revocation = found.get('crl_container_ref');
  const own = found.get('tls_container_ref');
  return {
    words: [
      ...KEEP_IDLE,
      ...header,
      'ssl',
      ...(authority ? ['verify', 'required', 'ca-file', authorityPath(authority)] : ['verify', 'none']),
      ...(authority && revocation ? ['crl-file', revocationPath(revocation)] : []),
      ...(own ? ['crt', certificatePath(own)] : []),
      ...(mode === 'http' ? ['sni', `var(${SERVER_NAME})`] : []),
      ...versionWords(pool.tls_versions),
      ...cipherWords(pool.tls_ciphers, '', pool.tls_versions).words,
      ...(pool.alpn_protocols.length === 0 ? [] : ['alpn', pool.alpn_protocols.join(',')]),
    ],
    certificates: [...found.values()],
  };
}

/** What stands in one server's line. */
export function memberOptions(member: Member, common: string, cookie: string | undefined): string {
  return [common, ...(member.backup ? ['backup'] : []), ...(cookie === undefined ? [] : [cookie])].join(' ');
}

/** The name of a member's server, which the log shows, and which stands for Host where that is replaced. */
export function serverName({ address, protocol_port }: Member): string {
  return `${address}:${protocol_port}`;
}

/** Whether a member takes new clients: those that stick to it, too. */
export function isUp(pool: Pool, member: Member, health: HealthView): boolean {
  const checked = pool.healthmonitor?.admin_state_up ?? false;
  const healthy = !checked || health.get(member.id) === 'up';
  return pool.admin_state_up && member.admin_state_up && member.weight > 0 && healthy;
}

/** The number by which weights of a pool are multiplied: shares stay the same. */
export function weightFactor({ lb_algorithm, members }: Pick<Pool, 'lb_algorithm' | 'members'>): number {
  const hashed = lb_algorithm === 'SOURCE_IP' || lb_algorithm === 'SOURCE_IP_PORT';
  return hashed && members.every(({ weight }) => weight * HASH_NODES <= MOST_WEIGHT) ? HASH_NODES : 1;
}

/** The server of a member; `known` where it would be the same. */
export function serverOf(
  member: Member,
  options: string,
  weight: number,
  up: boolean,
  known: ProxyServer | undefined,
): ProxyServer {
  const same =
    known?.options === options &&
    known.weight === weight &&
    known.up === up &&
    known.memberId === member.id &&
    known.address === member.address &&
    known.port === member.protocol_port;
  return known && same
    ? known
    : { address: member.address, port: member.protocol_port, options, weight, up, memberId: member.id };
}
