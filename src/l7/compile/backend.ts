/** Pools as backends, one for each way in which listeners use them. */
import { addressFamily } from '../../model/address.js';
import type { Fault } from '../../model/errors.js';
import type { LbAlgorithm, LoadBalancer, Pool } from '../../model/resources.js';
import type { Certificate } from '../../model/state.js';
import type { Resolve } from './materials.js';
import { backendName, type PoolUse } from './names.js';
import { SERVER_NAME, serverOptions, weightFactor } from './servers.js';
import { needsCookies, stickinessOf } from './stickiness.js';
import { comment, label, section, timeout } from './text.js';

/** A backend without what changes with its members and their health. */
export interface BackendPlan {
  name: string;
  pool: Pool;
  text: string;
  dynamic: boolean;
  /** Options of each server. */
  common: string;
  cookieOf: ((memberId: string) => string) | undefined;
  /** See {@link weightFactor}. */
  factor: number;
  /** Name to section, of the tables that it refers to. */
  tables: Map<string, string>;
  certificates: Certificate[];
  warnings: Fault[];
}

/** Servers that HAProxy's round robin with weights that can change takes. */
const MOST_ROUND_ROBIN = 4095;
const CLIENT = 'txn.client';

/**
 * A request may be sent once more when a connection that was kept idle turns out closed: the first of a connection, and those of
 * HTTP/2, if their method may be repeated. Later ones of HTTP/1 are not: their clients see the connection end and do so themselves, and
 * copying requests costs a tenth of the throughput.
 */
const REPEATABLE = '{ method GET HEAD OPTIONS PUT DELETE TRACE }';
const REPEAT_LITTLE = `http-request disable-l7-retry unless { http_first_req } ${REPEATABLE} or { fc_http_major 2 } ${REPEATABLE}`;

/** The Host of the request, for members that have certificates by name; an address is no name. */
const SET_SERVER_NAME = `http-request set-var(${SERVER_NAME}) req.hdr(host),host_only unless { req.hdr(host),host_only -m reg '^[0-9.]*$|:' }`;

/**
 * @param secure whether all that use the pool are TLS listeners
 * @throws SluiceError for references to certificates that do not exist
 */
export function backendPlan(
  loadbalancer: LoadBalancer,
  pool: Pool,
  use: PoolUse,
  secure: boolean,
  resolve: Resolve,
): BackendPlan {
  const name = backendName(use);
  const stickiness = stickinessOf(pool, use.mode, secure);
  const servers = serverOptions(pool, use.mode, resolve);
  const balance = balanceLines(pool, use.mode);
  const lines = [
    comment(`${label('load balancer', loadbalancer)}, ${label('pool', pool)}`),
    ...balance,
    `timeout connect ${timeout(use.connect)}`,
    `timeout server ${timeout(use.data)}`,
    // Once both sides of a connection have spoken this is the only one that counts.
    ...(use.mode === 'tcp' ? [`timeout tunnel ${timeout(use.data)}`] : [REPEAT_LITTLE]),
    ...(pool.tls_enabled && use.mode === 'http' ? [SET_SERVER_NAME] : []),
    ...(use.preserveHost ? [] : ['http-send-name-header Host']),
    ...stickiness.lines,
  ];
  return {
    name,
    pool,
    text: section(`backend ${name} from ${use.mode}`, lines),
    dynamic: !needsCookies(pool, use.mode) && !balance.includes('balance static-rr'),
    common: servers.words.join(' '),
    cookieOf: stickiness.serverOptions,
    factor: weightFactor(pool),
    tables: stickiness.tables,
    certificates: servers.certificates,
    warnings: use.preserveHost ? [] : nameWarnings(pool),
  };
}

function balanceLines({ lb_algorithm, members }: Pool, mode: PoolUse['mode']): string[] {
  const rules = mode === 'http' ? 'http-request' : 'tcp-request content';
  const lines: Record<LbAlgorithm, string[]> = {
    ROUND_ROBIN: [`balance ${members.length > MOST_ROUND_ROBIN ? 'static-rr' : 'roundrobin'}`],
    LEAST_CONNECTIONS: ['balance leastconn'],
    SOURCE_IP: ['balance source', 'hash-type consistent'],
    SOURCE_IP_PORT: [
      `${rules} set-var-fmt(${CLIENT}) %[src]:%[src_port]`,
      `balance hash var(${CLIENT})`,
      'hash-type consistent',
    ],
  };
  return lines[lb_algorithm];
}

/** The name of a server is what stands for Host, and cannot have the brackets that go around an IPv6 address. */
function nameWarnings(pool: Pool): Fault[] {
  return pool.members.some(({ address }) => addressFamily(address) === 6)
    ? [
        {
          code: 'unsupported',
          path: `pool "${pool.name || pool.id}"`,
          message: 'members with IPv6 addresses get a Host without brackets where preserve_host is false',
          suggestion: 'write preserve_host: true for the listeners that use it',
        },
      ]
    : [];
}
