import { describe, expect, it } from 'vitest';
import { bodies } from './index.js';
import { faultsOf } from './testing/faults-of.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const listener = (fields: object) => ({ protocol: 'HTTP', protocol_port: 80, loadbalancer_id: ID, ...fields });
const tls = (fields: object) =>
  listener({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: 'cert', ...fields });
const tcp = (fields: object) => listener({ protocol: 'TCP', ...fields });

describe('listeners', () => {
  it.each<[what: string, value: object]>([
    [
      'switched and other headers',
      listener({ insert_headers: { 'X-Forwarded-For': true, 'X-Own': 'a b', 'X-Real-IP': 'false' } }),
    ],
    ['headers of client certificates', tls({ insert_headers: { 'X-SSL-Client-CN': 'True' } })],
    ['certificates by name alone', listener({ protocol: 'TERMINATED_HTTPS', sni_container_refs: ['a', 'b'] })],
    [
      'certificates of clients',
      tls({ client_authentication: 'MANDATORY', client_ca_tls_container_ref: 'ca', client_crl_container_ref: 'crl' }),
    ],
    ['HSTS', tls({ hsts_max_age: 31_536_000, hsts_include_subdomains: true, hsts_preload: true })],
    [
      'ciphers, versions and protocols',
      tls({ tls_ciphers: 'A:B+C:!D', tls_versions: ['TLSv1.3'], alpn_protocols: ['h2'] }),
    ],
    ['a TLS policy', tls({ tls_policy: 'MODERN' })],
    [
      'what HTTP has of its own',
      listener({
        timeout_http_keepalive: 86_400_000,
        keepalive_requests: 0,
        compression: true,
        preserve_host: false,
        policy_order: 'EXACTNESS',
        access_log: false,
      }),
    ],
    ['defaults of HTTP in TCP', tcp({ preserve_host: true, access_log: true, keepalive_requests: 100 })],
    ['an access list', listener({ access_list_id: ID, access_list_action: 'deny' })],
    ['an empty list of blocks', listener({ allowed_cidrs: [] })],
    ['limits', listener({ session_rate_limit: 1, request_rate_limit: 10_000_000, bandwidth_limit: 5000 })],
    ['metrics', { protocol: 'PROMETHEUS', protocol_port: 9000, loadbalancer_id: ID }],
    ['empty TLS fields on others', listener({ tls_versions: [], sni_container_refs: [], tls_ciphers: null })],
  ])('accept %s', (_, value) => {
    expect(faultsOf(bodies.listener.create, value)).toEqual([]);
  });

  it.each<[policy: string | null, versions: string[]]>([
    [null, ['TLSv1.2', 'TLSv1.3']],
    ['INTERMEDIATE', ['TLSv1.2', 'TLSv1.3']],
    ['MODERN', ['TLSv1.3']],
    ['OLD', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
  ])('have the versions of TLS policy %s', (tls_policy, versions) => {
    expect(bodies.listener.create.read(tls({ tls_policy })).tls_versions).toEqual(versions);
    const own = tls({ tls_policy, tls_versions: ['TLSv1.2'] });
    expect(bodies.listener.create.read(own).tls_versions).toEqual(['TLSv1.2']);
  });

  it.each<[what: string, value: object, fault: string]>([
    [
      'the client’s address in UDP',
      listener({ protocol: 'UDP', client_address: 'toa' }),
      'client_address: a UDP listener cannot carry',
    ],
    [
      'requests counted in TCP',
      listener({ protocol: 'TCP', request_rate_limit: 1 }),
      'request_rate_limit: a TCP listener cannot have',
    ],
    [
      'too much bandwidth',
      listener({ bandwidth_limit: 5001 }),
      'bandwidth_limit: 5001 is out of range; write a whole number from 1 to 5,000',
    ],
    [
      'headers in TCP',
      listener({ protocol: 'TCP', insert_headers: { 'X-Real-IP': 'true' } }),
      'insert_headers: a TCP listener cannot have headers',
    ],
    [
      'a misspelt header',
      listener({ insert_headers: { 'X-Forwarded-Fro': 'true' } }),
      'there is no header X-Forwarded-Fro to switch; did you mean X-Forwarded-For?',
    ],
    [
      'a text for a switch',
      listener({ insert_headers: { 'X-Real-IP': '10.0.0.1' } }),
      'X-Real-IP is switched on or off; write "true"',
    ],
    ['a header that is no name', listener({ insert_headers: { 'a b': 'c' } }), 'a b is not a header that can be set'],
    [
      'a header of the connection',
      listener({ insert_headers: { Connection: 'close' } }),
      'Connection is not a header that can be set',
    ],
    ['a header two times', listener({ insert_headers: { 'X-A': '1', 'x-a': '2' } }), 'x-a is X-A again'],
    [
      'two headers in one',
      listener({ insert_headers: { 'X-A': 'b\r\nX-C: d' } }),
      'insert_headers.X-A: "b\\r\\nX-C: d" is not accepted',
    ],
    [
      'headers of certificates nobody shows',
      listener({ insert_headers: { 'X-SSL-Issuer': 'true' } }),
      'only TERMINATED_HTTPS',
    ],
    [
      'TLS without a certificate',
      listener({ protocol: 'TERMINATED_HTTPS' }),
      'listener: default_tls_container_ref is missing',
    ],
    [
      'a certificate in HTTP',
      listener({ default_tls_container_ref: 'c' }),
      'an HTTP listener cannot have default_tls_container_ref',
    ],
    [
      'client certificates in HTTP',
      listener({ client_authentication: 'OPTIONAL' }),
      'an HTTP listener cannot have client authentication',
    ],
    [
      'client certificates without a CA',
      tls({ client_authentication: 'OPTIONAL' }),
      'client_authentication: there is nothing to verify',
    ],
    [
      'a revocation list without a CA',
      tls({ client_crl_container_ref: 'c' }),
      'client_crl_container_ref: there is nothing to verify',
    ],
    ['HSTS that is off', tls({ hsts_preload: true }), 'hsts_preload: HSTS is off; add hsts_max_age'],
    ['a TLS policy in HTTP', listener({ tls_policy: 'OLD' }), 'an HTTP listener cannot have tls_policy'],
    [
      'versions of TLS with a gap',
      tls({ tls_versions: ['TLSv1.3', 'TLSv1.1'] }),
      'tls_versions: TLSv1.2 is missing between the others; write versions that follow each other',
    ],
    ['no version of TLS', tls({ tls_versions: [] }), 'tls_versions: no version of TLS is left'],
    ['compression of what is not looked into', tcp({ compression: true }), 'a TCP listener cannot have compression'],
    ['requests in TCP', tcp({ keepalive_requests: 7 }), 'a TCP listener cannot have keepalive_requests'],
    ['waiting for requests in TCP', tcp({ timeout_http_keepalive: 1000 }), 'cannot have timeout_http_keepalive'],
    ['hosts in TCP', tcp({ preserve_host: false }), 'a TCP listener cannot have preserve_host'],
    ['an order of policies in TCP', tcp({ policy_order: 'POSITION' }), 'a TCP listener cannot have policy_order'],
    ['no log of what is not logged', tcp({ access_log: false }), 'a TCP listener cannot have access_log'],
    ['too many requests', listener({ keepalive_requests: 1_000_001 }), '1000001 is out of range'],
    ['SSL', tls({ tls_versions: ['SSLv3'] }), 'tls_versions[0]: "SSLv3" is not a known value'],
    ['an action without a list', listener({ access_list_action: 'deny' }), 'there is no access_list_id'],
    ['a list without an action', listener({ access_list_id: ID }), 'access_list_action is missing'],
    [
      'an unknown protocol, once',
      listener({ protocol: 'QUIC', insert_headers: { a: 'true' } }),
      'protocol: "QUIC" is not a known value',
    ],
  ])('refuse %s', (_, value, fault) => {
    expect(faultsOf(bodies.listener.create, value)).toEqual([expect.stringContaining(fault)]);
  });
});
