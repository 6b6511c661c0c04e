import { describe, expect, it } from 'vitest';
import { LISTENER_PROTOCOLS, type ListenerProtocol, POOL_PROTOCOLS, type PoolProtocol } from '../model/resources.js';
import { bodies, monitorUseFault, poolUseFault } from './index.js';
import { faultsOf } from './testing/faults-of.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const pool = (fields: object) => ({ protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: ID, ...fields });
const monitor = (fields: object) => ({ type: 'HTTP', delay: 5, timeout: 5, max_retries: 3, pool_id: ID, ...fields });

describe('pools', () => {
  it.each<[what: string, persistence: object, expected: object]>([
    ['source address', { type: 'SOURCE_IP' }, { persistence_timeout: 1200, cookie_name: null }],
    ['source address for a while', { type: 'SOURCE_IP', persistence_timeout: '60' }, { persistence_timeout: 60 }],
    [
      'source address for a day, by HTTP',
      { type: 'SOURCE_IP', persistence_timeout: 86_400 },
      { persistence_timeout: 86_400 },
    ],
    ['a cookie of the gateway', { type: 'HTTP_COOKIE' }, { persistence_timeout: 86_400, cookie_mode: null }],
    [
      'a cookie of the gateway with a name',
      { type: 'HTTP_COOKIE', cookie_name: 'N_1', persistence_timeout: 60 },
      { cookie_name: 'N_1', persistence_timeout: 60 },
    ],
    [
      'a cookie of the server',
      { type: 'HTTP_COOKIE', cookie_mode: 'REWRITE', cookie_name: 'SID' },
      { cookie_mode: 'REWRITE', cookie_name: 'SID' },
    ],
    ['a cookie of the application', { type: 'APP_COOKIE', cookie_name: 'JSESSION.id' }, { cookie_name: 'JSESSION.id' }],
  ])('recognize clients by %s', (_, session_persistence, expected) => {
    expect(bodies.pool.create.read(pool({ session_persistence })).session_persistence).toMatchObject(expected);
  });

  it.each<[what: string, fields: object, fault: string]>([
    [
      'cookies in TCP',
      { protocol: 'TCP', session_persistence: { type: 'HTTP_COOKIE' } },
      'type: a TCP pool has no cookies',
    ],
    [
      'a cookie without a name',
      { session_persistence: { type: 'APP_COOKIE' } },
      'session_persistence: cookie_name is missing',
    ],
    [
      'a name nobody reads',
      { session_persistence: { type: 'SOURCE_IP', cookie_name: 'a' } },
      'cookie_name is for type HTTP_COOKIE or APP_COOKIE',
    ],
    [
      'a name that is none',
      { session_persistence: { type: 'APP_COOKIE', cookie_name: 'a;b' } },
      'cookie_name: "a;b" is not accepted',
    ],
    [
      'a name that a cookie of the gateway cannot have',
      { session_persistence: { type: 'HTTP_COOKIE', cookie_name: 'a-b' } },
      'cookie_name: a-b is not a name for a cookie of the gateway; write 1 to 200 letters, digits and _',
    ],
    [
      'a mode where nothing is written',
      { session_persistence: { type: 'APP_COOKIE', cookie_name: 'a', cookie_mode: 'INSERT' } },
      'cookie_mode is for type HTTP_COOKIE',
    ],
    [
      'a cookie to rewrite without a name',
      { session_persistence: { type: 'HTTP_COOKIE', cookie_mode: 'REWRITE' } },
      'session_persistence: cookie_name is missing; add cookie_name: the cookie of the server that is rewritten',
    ],
    [
      'a cookie for two days',
      { session_persistence: { type: 'HTTP_COOKIE', persistence_timeout: 172_800 } },
      '172800 is out of range',
    ],
    [
      'an hour and more in TCP',
      { protocol: 'TCP', session_persistence: { type: 'SOURCE_IP', persistence_timeout: 3601 } },
      'persistence_timeout: 3601 is out of range; write a whole number from 60 to 3,600; more is for HTTP listeners',
    ],
    [
      'a mask',
      { session_persistence: { type: 'SOURCE_IP', persistence_granularity: '255.255.0.0' } },
      '"255.255.0.0" is not a known value',
    ],
    [
      'no type',
      { session_persistence: {} },
      'session_persistence: type is missing; add type: what clients are recognized by, one of',
    ],
    [
      'a revocation list without a CA',
      { crl_container_ref: 'c' },
      'crl_container_ref: there is nothing to verify members with',
    ],
    ['TLS in UDP', { protocol: 'UDP', tls_enabled: true }, 'members of a UDP pool cannot be spoken to in TLS'],
  ])('refuse %s', (_, fields, fault) => {
    expect(faultsOf(bodies.pool.create, pool(fields))).toEqual([expect.stringContaining(fault)]);
  });

  const FITTING: Record<ListenerProtocol, PoolProtocol[]> = {
    TCP: ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2'],
    UDP: ['UDP'],
    HTTP: ['HTTP', 'PROXY', 'PROXYV2'],
    HTTPS: ['TCP', 'HTTPS', 'PROXY', 'PROXYV2'],
    TERMINATED_HTTPS: ['HTTP', 'PROXY', 'PROXYV2'],
    SCTP: ['SCTP'],
    PROMETHEUS: [],
  };

  it.each(LISTENER_PROTOCOLS)('fit %s listeners as Octavia says', (protocol) => {
    const fitting = POOL_PROTOCOLS.filter(
      (one) => !poolUseFault(protocol, { protocol: one, session_persistence: null }),
    );
    expect(fitting).toEqual(FITTING[protocol]);
  });

  it('keep addresses for more than an hour only where HTTP listeners use them', () => {
    const session_persistence = { type: 'SOURCE_IP', persistence_timeout: 3601 };
    const day = bodies.pool.create.read(pool({ session_persistence }));
    expect(poolUseFault('TCP', day)?.message).toContain('out of range for a TCP listener');
    expect(poolUseFault('HTTP', day)).toBeUndefined();
  });

  it('go by cookies only where cookies are seen', () => {
    const cookies = bodies.pool.create.read(pool({ session_persistence: { type: 'HTTP_COOKIE' } }));
    expect(poolUseFault('TCP', { ...cookies, protocol: 'PROXY' })?.message).toContain('does not see cookies');
    expect(poolUseFault('HTTP', { ...cookies, protocol: 'PROXY' })).toBeUndefined();
  });
});

describe('health monitors', () => {
  it('have defaults by their type', () => {
    expect(bodies.healthmonitor.create.read(monitor({}))).toMatchObject({
      http_method: 'GET',
      url_path: '/',
      expected_codes: '200',
    });
    expect(bodies.healthmonitor.create.read(monitor({ type: 'TCP' }))).toMatchObject({
      http_method: null,
      url_path: null,
    });
  });

  it.each<[what: string, fields: object]>([
    ['codes as a number', { expected_codes: 204 }],
    ['codes with spaces', { expected_codes: '200, 202' }],
    ['a version and a host', { http_version: '1.1', domain_name: 'www.example.com' }],
    ['a server name in TLS', { type: 'TLS-HELLO', domain_name: 'a.example' }],
    ['a datagram', { type: 'UDP-CONNECT', udp_request: '\\x00ping\\\\', udp_response: 'pong' }],
  ])('accept %s', (_, fields) => {
    expect(faultsOf(bodies.healthmonitor.create, monitor(fields))).toEqual([]);
  });

  it.each<[what: string, fields: object, fault: string]>([
    ['HTTP fields elsewhere', { type: 'TCP', url_path: '/' }, 'url_path: url_path is for type HTTP or HTTPS'],
    ['datagrams elsewhere', { udp_request: 'x' }, 'udp_request is for type UDP-CONNECT'],
    ['a host in PING', { type: 'PING', domain_name: 'a' }, 'domain_name is for type HTTP or HTTPS or TLS-HELLO'],
    ['a host in HTTP 1.0', { http_version: 1.0, domain_name: 'a' }, 'HTTP 1.0 has no Host header'],
    ['HTTP 2', { http_version: 2 }, '2 is not a known value; write one of 1, 1.1'],
    ['a path with a fragment', { url_path: '/a#b' }, 'write a path that starts with /'],
    ['codes backwards', { expected_codes: '299-200' }, 'is not a set of HTTP status codes'],
    ['a host that is none', { domain_name: 'a b' }, 'write a host name'],
    ['half a byte', { type: 'UDP-CONNECT', udp_request: '\\x0' }, 'bytes that cannot be typed as \\x00'],
    ['eleven retries', { max_retries: 11 }, '11 is out of range; write a whole number from 1 to 10'],
  ])('refuse %s', (_, fields, fault) => {
    expect(faultsOf(bodies.healthmonitor.create, monitor(fields))).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    ['UDP', 'UDP-CONNECT', true],
    ['UDP', 'HTTP', true],
    ['UDP', 'TLS-HELLO', false],
    ['SCTP', 'SCTP', true],
    ['TCP', 'UDP-CONNECT', false],
    ['TCP', 'SCTP', false],
    ['HTTP', 'PING', true],
  ] as const)('of %s pools: %s is %j', (protocol, type, fits) => {
    expect(monitorUseFault(type, protocol) === undefined).toBe(fits);
  });
});
