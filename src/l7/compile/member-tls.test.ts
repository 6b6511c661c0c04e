import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { authority, issuedBy, revocationList } from '../../certificates/testing/authority.js';
import type { Pool } from '../../model/resources.js';
import type { Certificate } from '../../model/state.js';
import { freePort, withProxy } from './testing/haproxy.js';
import { certificate, compiled, listener, loadBalancer, member, pool } from './testing/samples.js';
import { get } from './testing/traffic.js';

const root = authority('Members');
const own = issuedBy(root, { name: 'member.example.com', domains: ['member.example.com'] });
const gateway = issuedBy(root, { name: 'gateway' });
const authorities = certificate('CLIENT_CA', root.certificate);
const others = certificate('CLIENT_CA', authority('Others').certificate);
const revoked = certificate('CRL', revocationList(root, [own.serial]));
const shown = certificate('SERVER', gateway.certificate, gateway.key);

interface Seen {
  status: number;
  /** What the member was asked for, who asked, and in which version of what. */
  name?: string | false;
  client?: string | undefined;
  tls?: string | null;
  http?: string;
}

/** A request through a pool with a TLS member. */
async function ask(fields: Partial<Pool>, host = 'member.example.com:81'): Promise<Seen> {
  const server = createSecureServer(
    {
      cert: own.certificate,
      key: own.key,
      ca: root.certificate,
      requestCert: true,
      rejectUnauthorized: false,
      allowHTTP1: true,
    },
    (request, response) => {
      const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket & { servername?: string | false };
      const client = socket.getPeerCertificate()?.subject?.CN;
      const seen = { name: socket.servername, client, tls: socket.getProtocol(), http: request.httpVersion };
      response.end(JSON.stringify(seen));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  const one = pool([member('127.0.0.1', port)], { tls_enabled: true, tls_versions: ['TLSv1.2', 'TLSv1.3'], ...fields });
  // It is also the pause before a member that failed is tried again.
  const timeout_member_connect = 500;
  const http = listener('HTTP', await freePort(), { default_pool_id: one.id, timeout_member_connect });
  const certificates: Certificate[] = [authorities, others, revoked, shown];
  try {
    return await withProxy(compiled([loadBalancer([http], [one])], { certificates }), async () => {
      const { status, body } = await get(http.protocol_port, '/', { Host: host });
      return { status, ...(status === 200 ? JSON.parse(body) : {}) };
    });
  } finally {
    server.close();
  }
}

describe('TLS to members', () => {
  it('asks for the host of the request, and for none where that is an address', async () => {
    expect(await ask({})).toMatchObject({ status: 200, name: 'member.example.com', tls: 'TLSv1.3', http: '1.1' });
    expect(await ask({}, '127.0.0.1:80')).toMatchObject({ status: 200, name: false });
    expect(await ask({}, '[::1]:80')).toMatchObject({ status: 200, name: false });
  });

  it('believes members of the given authorities that were not taken back', async () => {
    expect(await ask({ ca_tls_container_ref: authorities.id })).toMatchObject({ status: 200 });
    expect(await ask({ ca_tls_container_ref: others.id })).toEqual({ status: 503 });
    expect(await ask({ ca_tls_container_ref: authorities.id, crl_container_ref: revoked.id })).toEqual({ status: 503 });
    expect(await ask({ ca_tls_container_ref: authorities.id }, 'another.example.com')).toEqual({ status: 503 });
  });

  it('shows a certificate, and speaks the versions, ciphers and protocols of the pool', async () => {
    expect(await ask({ tls_container_ref: shown.id })).toMatchObject({ client: 'gateway' });
    expect(await ask({ tls_versions: ['TLSv1.2'], tls_ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toMatchObject({
      tls: 'TLSv1.2',
    });
    expect(await ask({ tls_versions: ['TLSv1.2'], tls_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' })).toEqual({
      status: 503,
    });
    expect(await ask({ alpn_protocols: ['h2', 'http/1.1'] })).toMatchObject({ http: '2.0' });
  });
});
