/** The sections that are no proxies, and the defaults of those that are. */
import type { ProxySettings } from '../../config/proxy-fields.js';
import { DEFAULT_SUITES } from './ciphers.js';
import { PAGE_LINES } from './pages.js';
import { section } from './text.js';

/**
 * WebSockets outlive reloads in the old process. They get a day there: after it, who is still connected connects anew, instead of old
 * processes with old configurations and keys staying for ever.
 */
const HARD_STOP = '24h';
/** A process of its own for each reload that some connection outlived: the oldest goes when there are more. */
const MOST_RELOADS = 50;
/** Two for each connection. */
const MOST_DESCRIPTORS = 1_048_576;
/** TL-4: seconds that a session may be resumed, with a ticket or without. */
const TICKET_SECONDS = 300;

export function baseText(settings: ProxySettings): string {
  return [
    section('global', globalLines(settings)),
    PEERS,
    section('defaults http', HTTP),
    section('defaults tcp', TCP),
  ].join('\n');
}

function globalLines({ user, threads, max_connections }: ProxySettings): string[] {
  return [
    `user ${user}`,
    `group ${user === 'nobody' ? 'nogroup' : user}`,
    'chroot {{RUN}}/jail',
    'stats socket {{RUN}}/haproxy.sock mode 600 level admin expose-fd listeners',
    ...(threads === null ? [] : [`nbthread ${threads}`]),
    // Where descriptors are unlimited HAProxy would make a table for a billion of them.
    max_connections === null ? `fd-hard-limit ${MOST_DESCRIPTORS}` : `maxconn ${max_connections}`,
    `hard-stop-after ${HARD_STOP}`,
    `mworker-max-reloads ${MOST_RELOADS}`,
    'localpeer sluice',
    'ssl-default-bind-options ssl-min-ver TLSv1.2',
    `ssl-default-bind-ciphersuites ${DEFAULT_SUITES.join(':')}`,
    'ssl-default-bind-curves X25519:P-256:P-384',
    'ssl-default-server-options ssl-min-ver TLSv1.2',
    `ssl-default-server-ciphersuites ${DEFAULT_SUITES.join(':')}`,
    'tune.ssl.default-dh-param 2048',
    `tune.ssl.lifetime ${TICKET_SECONDS}`,
    // Sessions are resumed by tickets alone. The cache has those of all listeners: one begun without a certificate could go on where
    // certificates are mandatory.
    'tune.ssl.cachesize 0',
    // Requests and answers have to leave a kilobyte of a buffer free, so headers may have 15 KB in all; larger ones are refused with
    // 400. This is HAProxy's own default, written down because it is what users meet.
    'tune.bufsize 16384',
    'tune.maxrewrite 1024',
    // Of the request line, for the access log.
    'tune.http.logurilen 4096',
  ];
}

/**
 * A process that replaces another gets its stick tables over this socket. It is an abstract one because the old process has another
 * root directory by then.
 */
const PEERS = section('peers sluice', ['peer sluice abns@{{RUN}}/peers']);

const COMMON = [
  'retries 3',
  // The next member is tried, not the same one again.
  'option redispatch 1',
  // Backup members share the load.
  'option allbackups',
  'timeout connect 5000ms',
  'timeout client 60000ms',
  'timeout server 60000ms',
];

const HTTP = [
  'mode http',
  ...COMMON,
  'retry-on conn-failure empty-response',
  // Also the first request of a client's connection goes over one to the member that is kept: with `safe` each new client costs a
  // connection of its own there, which is 1.6 times fewer requests where clients come for one. What that risks is sent once more, see
  // backend.ts.
  'http-reuse always',
  // Who went away is not waited for; the log calls it 499.
  'option abortonclose',
  // Browsers connect in advance: an unused connection is no error.
  'option http-ignore-probes',
  // While a reload ends the old process, clients with idle connections may still be writing: they get an answer and a goodbye.
  'option idle-close-on-response',
  'timeout http-request 10000ms',
  'timeout http-keep-alive 15000ms',
  // WebSockets.
  'timeout tunnel 1h',
  ...PAGE_LINES,
];

const TCP = ['mode tcp', ...COMMON, 'timeout client-fin 60000ms', 'timeout server-fin 60000ms'];
