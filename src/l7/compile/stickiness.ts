/** How clients keep their member. */
import { createHash } from 'node:crypto';
import type { Pool, SessionPersistence } from '../../model/resources.js';
import type { PoolUse } from './names.js';
import { tableName } from './names.js';
import { sample, section, word } from './text.js';

/** Clients that a pool remembers; who was away longest is forgotten first. About 130 bytes each, taken when they are needed. */
const TABLE_SIZE = '256k';
const DEFAULT_SECONDS = 1200;
/** Bytes of SHA-1: application cookies may be long and begin alike. */
const DIGEST = 20;

export interface Stickiness {
  /** Lines of the pool's backends. */
  lines: string[];
  /** Name to section, of the table that all its backends share. */
  tables: Map<string, string>;
  /** What a server's line needs for it; undefined: nothing. */
  serverOptions: ((memberId: string) => string) | undefined;
}

const NONE: Stickiness = { lines: [], tables: new Map(), serverOptions: undefined };

/**
 * A client moves when its member is not up, and then stays with the new one.
 * @param mode of the backend: in `tcp` there are no cookies
 * @param secure whether all that use the pool are TLS listeners: then browsers keep the cookie from going out in clear text
 */
export function stickinessOf(pool: Pool, mode: PoolUse['mode'], secure: boolean): Stickiness {
  const persistence = pool.session_persistence;
  if (persistence?.type === 'SOURCE_IP') {
    return bySource(pool, persistence);
  }
  if (persistence === null || mode === 'tcp') {
    return NONE;
  }
  return persistence.type === 'APP_COOKIE'
    ? byApplicationCookie(pool, persistence)
    : byCookie(pool, persistence, secure);
}

/** Whether servers carry something that cannot be given to one that is added at run time. */
export function needsCookies(pool: Pick<Pool, 'session_persistence'>, mode: PoolUse['mode']): boolean {
  return pool.session_persistence?.type === 'HTTP_COOKIE' && mode === 'http';
}

function table(pool: Pool, key: string, seconds: number | null): Map<string, string> {
  const name = tableName(pool);
  // Peers: the next process gets the table from the one that it replaces.
  const line = `stick-table type ${key} size ${TABLE_SIZE} expire ${seconds ?? DEFAULT_SECONDS}s peers sluice`;
  return new Map([[name, section(`backend ${name} from http`, [line])]]);
}

function bySource(pool: Pool, { persistence_timeout }: SessionPersistence): Stickiness {
  return {
    lines: [`stick on src table ${tableName(pool)}`],
    tables: table(pool, 'ipv6', persistence_timeout),
    serverOptions: undefined,
  };
}

/**
 * Learned from what the application sets. From requests only where the cookie is known already: for clients that had to move, while
 * made-up cookies take no room.
 */
function byApplicationCookie(pool: Pool, { cookie_name, persistence_timeout }: SessionPersistence): Stickiness {
  const name = tableName(pool);
  const request = word(`${sample('req.cook', cookie_name ?? '')},sha1`);
  const response = word(`${sample('res.cook', cookie_name ?? '')},sha1`);
  const known = word(`${sample('req.cook', cookie_name ?? '')},sha1,in_table(${name})`);
  return {
    lines: [
      `stick match ${request} table ${name}`,
      `stick store-request ${request} table ${name} if { ${known} }`,
      `stick store-response ${response} table ${name}`,
    ],
    tables: table(pool, `binary len ${DIGEST}`, persistence_timeout),
    serverOptions: undefined,
  };
}

function byCookie(pool: Pool, persistence: SessionPersistence, secure: boolean): Stickiness {
  const { cookie_name, cookie_mode, persistence_timeout } = persistence;
  const name = word(cookie_name ?? `SRV${digest(pool.id).slice(0, 8)}`);
  const idle = persistence_timeout === null ? [] : ['maxidle', `${persistence_timeout}s`];
  const words =
    cookie_mode === 'REWRITE'
      ? ['prefix']
      : ['insert', 'indirect', 'nocache', 'httponly', ...(secure ? ['secure'] : []), ...idle];
  return {
    lines: [`cookie ${name} ${words.join(' ')}`],
    tables: new Map(),
    serverOptions: (memberId) => `cookie ${digest(memberId).slice(0, 16)}`,
  };
}

/** The same for a member on every gateway and after every restart, and nothing to learn about its address. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
