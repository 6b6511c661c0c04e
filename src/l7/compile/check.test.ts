import { describe, expect, it } from 'vitest';
import { authority, revocationList, site } from '../../certificates/testing/authority.js';
import type { Listener, PersistenceType, SessionPersistence } from '../../model/resources.js';
import { complaints } from './testing/haproxy.js';
import {
  certificate,
  compiled,
  listener,
  loadBalancer,
  member,
  policy,
  pool,
  rule,
  SETTINGS,
} from './testing/samples.js';

const sticky = (type: PersistenceType): SessionPersistence => ({
  type,
  cookie_name: null,
  cookie_mode: null,
  persistence_timeout: 600,
  persistence_granularity: null,
});

function certificates() {
  const { leaf, chain } = site();
  const root = authority('Clients');
  const server = certificate('SERVER', chain, leaf.key);
  const clients = certificate('CLIENT_CA', root.certificate);
  const revoked = certificate('CRL', revocationList(root, [1]));
  return { server, clients, revoked };
}

type Certificates = ReturnType<typeof certificates>;

function poolsWith({ server, clients, revoked }: Certificates) {
  const web = pool([member('127.0.0.2', 80), member('127.0.0.3', 80, { backup: true, weight: 0 })], {
    session_persistence: sticky('HTTP_COOKIE'),
  });
  const app = pool([member('127.0.0.4', 80)], {
    session_persistence: { ...sticky('APP_COOKIE'), cookie_name: "o'dd$" },
    lb_algorithm: 'SOURCE_IP_PORT',
  });
  const secure = pool([member('2001:db8::1', 443)], {
    tls_enabled: true,
    tls_container_ref: server.id,
    ca_tls_container_ref: clients.id,
    crl_container_ref: revoked.id,
    tls_versions: ['TLSv1', 'TLSv1.2'],
    alpn_protocols: ['h2', 'http/1.1'],
    lb_algorithm: 'SOURCE_IP',
    session_persistence: sticky('SOURCE_IP'),
  });
  const stream = pool([member('127.0.0.5', 25)], { protocol: 'PROXYV2', lb_algorithm: 'LEAST_CONNECTIONS' });
  const hashed = pool([member('127.0.0.6', 25)], { protocol: 'PROXY', lb_algorithm: 'SOURCE_IP_PORT' });
  return { web, app, secure, stream, hashed };
}

type Pools = ReturnType<typeof poolsWith>;

function httpsListener({ server, clients, revoked }: Certificates, { secure }: Pools) {
  return listener('TERMINATED_HTTPS', 20443, {
    default_tls_container_ref: server.id,
    client_authentication: 'OPTIONAL',
    client_ca_tls_container_ref: clients.id,
    client_crl_container_ref: revoked.id,
    hsts_max_age: 60,
    hsts_include_subdomains: true,
    insert_headers: {
      'X-Forwarded-For': 'true',
      'X-Forwarded-Port': 'true',
      'X-Forwarded-Proto': 'true',
      'X-Forwarded-Host': 'true',
      'X-Real-IP': 'true',
      'X-SSL-Client-Verify': 'true',
      'X-SSL-Client-Has-Cert': 'true',
      'X-SSL-Client-DN': 'true',
      'X-SSL-Client-CN': 'true',
      'X-SSL-Issuer': 'true',
      'X-SSL-Client-SHA1': 'true',
      'X-SSL-Client-Not-Before': 'true',
      'X-SSL-Client-Not-After': 'true',
      'X-Own': `it's 100 % "mine" $HOME`,
      'X-Empty': '',
    },
    default_pool_id: secure.id,
    connection_limit: 5,
    session_rate_limit: 6,
    request_rate_limit: 7,
    compression: true,
    preserve_host: false,
    tls_policy: 'OLD',
    tls_versions: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  });
}

function httpListener({ web, app }: Pools, https: Listener) {
  return listener('HTTP', 20080, {
    default_pool_id: web.id,
    l7policies: [
      policy(1, {
        action: 'REDIRECT_TO_POOL',
        redirect_pool_id: app.id,
        rules: [
          rule({ type: 'HOST_NAME', value: 'a.example.com' }),
          rule({ type: 'PATH', compare_type: 'STARTS_WITH', value: '/a' }),
        ],
      }),
      policy(2, {
        action: 'REDIRECT_TO_POOL',
        redirect_pool_id: app.id,
        rules: [rule({ type: 'PATH', compare_type: 'REGEX', value: '^/a (b|\\ c)$' })],
      }),
      policy(3, { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: https.id, redirect_http_code: 301 }),
      policy(4, {
        action: 'REDIRECT_TO_URL',
        redirect_url: 'https://x.example/%41?a=b',
        redirect_http_code: 302,
        rules: [rule({ type: 'HOST_NAME', value: '*.example.com' })],
      }),
    ],
  });
}

function otherListeners({ web, stream, hashed }: Pools): Listener[] {
  const tcp = listener('TCP', 20025, { default_pool_id: stream.id, session_rate_limit: 6 });
  const metrics = listener('PROMETHEUS', 20090);
  const byPosition = listener('HTTP', 20081, {
    default_pool_id: web.id,
    l7policies: [
      policy(1, {
        rules: [
          rule({ type: 'HEADER', key: "it's", value: '}' }),
          rule({ type: 'FILE_TYPE', value: 'jpg', invert: true }),
          rule({ type: 'SSL_DN_FIELD', key: 'OU', value: 'x' }),
          rule({ type: 'SSL_VERIFY_RESULT', value: '0' }),
          rule({ type: 'SSL_CONN_HAS_CERT', value: 'true' }),
          rule({ type: 'COOKIE', key: 'c', value: '-f' }),
        ],
      }),
    ],
  });
  const second = listener('HTTPS', 20026, { default_pool_id: hashed.id });
  const patient = listener('HTTP', 20082, {
    default_pool_id: web.id,
    timeout_member_connect: 0,
    timeout_member_data: 31_536_000_000,
  });
  const modern = listener('TCP', 20027, { default_pool_id: hashed.id, connection_limit: 7 });
  return [tcp, metrics, byPosition, second, patient, modern];
}

describe('what HAProxy says about configurations', () => {
  it('nothing, about one without any load balancer', async () => {
    expect(await complaints(compiled([]))).toBe('');
    expect(await complaints(compiled([], { settings: { ...SETTINGS, max_connections: null, threads: null } }))).toBe(
      '',
    );
  });

  it('nothing, about one with everything', async () => {
    const used = certificates();
    const pools = poolsWith(used);
    const https = httpsListener(used, pools);
    const listeners = [https, httpListener(pools, https), ...otherListeners(pools)];
    const all = loadBalancer(listeners, Object.values(pools), {
      name: 'a\n"b"',
      flavor_id: 'small',
      additional_vips: [{ ip_address: '::1', subnet_id: null }],
    });
    const config = compiled([all], {
      certificates: Object.values(used),
      specifications: new Map([['small', { connections: 1, connections_per_second: 2, queries_per_second: 3 }]]),
    });
    expect(await complaints(config)).toBe('');
  });
});
