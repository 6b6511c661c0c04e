import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authority,
  type Issued,
  issuedBy,
  revocationList,
  rsaPair,
  site,
} from '../../certificates/testing/authority.js';
import { SluiceError } from '../../model/errors.js';
import type { Listener, Pool } from '../../model/resources.js';
import type { Certificate } from '../../model/state.js';
import { ProxyCache } from './index.js';
import { freePort, type RunningProxy, withProxy } from './testing/haproxy.js';
import { certificate, compiled, listener, loadBalancer, pool, type SampleInput } from './testing/samples.js';
import { handshake } from './testing/tls-client.js';
import { EchoServer } from './testing/traffic.js';

let server: EchoServer;
let members: Pool;
const NAMES = { main: 'main.example.com', exact: 'www.example.com', wild: '*.example.com' };
const sites = { main: site(NAMES.main), exact: site(NAMES.exact), wild: site(NAMES.wild) };
const shown = Object.fromEntries(
  Object.entries(sites).map(([name, { leaf, chain }]) => [name, certificate('SERVER', chain, leaf.key)]),
) as Record<keyof typeof sites, Certificate>;

beforeAll(async () => {
  server = await EchoServer.start('a');
  members = pool([server.member()]);
});

afterAll(() => server.stop());

async function https(fields: Partial<Listener> = {}): Promise<Listener> {
  const all = { default_pool_id: members.id, default_tls_container_ref: shown.main.id, ...fields };
  return listener('TERMINATED_HTTPS', await freePort(), all);
}

function withHttps<T>(
  one: Listener,
  work: (port: number, proxy: RunningProxy) => Promise<T>,
  certificates: readonly Certificate[] = [],
): Promise<T> {
  const all = [...Object.values(shown), ...certificates];
  const config = compiled([loadBalancer([one], [members])], { certificates: all });
  return withProxy(config, (proxy) => work(one.protocol_port, proxy));
}

/** The versions that a client can agree on. */
async function versionsOf(port: number): Promise<string[]> {
  const all = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  const agreed = await Promise.all(
    all.map((version) => handshake(port, { minVersion: version, maxVersion: version }).catch(() => undefined)),
  );
  return agreed.flatMap((one) => one?.version ?? []);
}

describe('certificates of a listener', () => {
  it('are chosen by the exact name, then by wildcard, else the default is shown', async () => {
    const sni = [shown.wild.id, `https://barbican.example/v1/containers/${shown.exact.id.toUpperCase()}`];
    await withHttps(await https({ sni_container_refs: sni }), async (port) => {
      const subject = async (servername: string) => (await handshake(port, { servername })).subject;
      expect(await subject('www.example.com')).toBe('www.example.com');
      expect(await subject('ftp.example.com')).toBe('*.example.com');
      expect(await subject('a.b.example.com')).toBe('main.example.com');
      expect(await subject('example.org')).toBe('main.example.com');
      expect(await subject('')).toBe('main.example.com');
    });
  });

  it('are named by their id, so that one that is replaced is a file with another text', async () => {
    const one = await https();
    const config = compiled([loadBalancer([one], [members])], { certificates: Object.values(shown) });
    const { id, certificate: chain, sealed_key } = shown.main;
    expect([...config.certificates]).toEqual([[id, `${chain.trimEnd()}\n${sealed_key?.trimEnd()}\n`]]);
    expect([...config.certificateLists.values()]).toEqual([[`{{RUN}}/certs/${id}.pem`]]);
  });

  it('keep their listener from being served where they do not exist, are of another type or have a key that cannot be opened', async () => {
    const one = await https({ name: 'web', default_tls_container_ref: shown.wild.id });
    const other = await https({ name: 'other', protocol_port: 8443 });
    const served = (input: SampleInput) => {
      const { frontends, warnings } = compiled([loadBalancer([one, other], [members])], input);
      return { served: frontends.size, warnings: warnings.map(({ path, message }) => `${path} ${message}`) };
    };
    expect(served({ certificates: [shown.main] })).toEqual({
      served: 1,
      warnings: [expect.stringMatching(/listener "web" is not served: .*does not exist/)],
    });
    const list = { ...shown.wild, type: 'CRL' as const };
    expect(served({ certificates: [shown.main, list] }).warnings).toEqual([expect.stringContaining('is of type CRL')]);
    const open = ({ id }: Certificate) => {
      if (id === shown.wild.id) {
        throw new SluiceError('state_unreadable', 'sealed with another key');
      }
      return shown.main.sealed_key!;
    };
    expect(served({ certificates: [shown.main, shown.wild], open })).toEqual({
      served: 1,
      warnings: ['listener "web" is not served: sealed with another key'],
    });
  });

  it('serve their listener as soon as they can be had', async () => {
    const one = await https({ default_tls_container_ref: shown.wild.id });
    const cache = new ProxyCache();
    const loadbalancers = [loadBalancer([one], [members])];
    expect(compiled(loadbalancers, { cache }).frontends.size).toBe(0);
    expect(compiled(loadbalancers, { cache, certificates: [shown.wild] }).frontends.size).toBe(1);
  });

  it('leave names to other certificates that have them exactly, where they are wildcards', async () => {
    const one = await https({ sni_container_refs: [shown.wild.id, shown.exact.id] });
    const named = Object.entries(shown).map(([name, each]) => {
      const domains = [NAMES[name as keyof typeof sites]];
      return { ...each, facts: { ...each.facts, domains } };
    });
    const config = compiled([loadBalancer([one], [members])], { certificates: named });
    const [main, wild, exact] = [...config.certificateLists.values()][0]!.map((line) => line.split(' ').slice(1));
    expect([main, exact]).toEqual([[], []]);
    expect(wild).toEqual(['*.example.com', '!main.example.com', '!www.example.com']);
  });
});

describe('versions and ciphers', () => {
  it('are 1.2 and 1.3 by default, older ones only where they are asked for', async () => {
    expect(await withHttps(await https(), versionsOf)).toEqual(['TLSv1.2', 'TLSv1.3']);
    const modern = await https({ tls_policy: 'MODERN', tls_versions: ['TLSv1.3'] });
    expect(await withHttps(modern, versionsOf)).toEqual(['TLSv1.3']);
    const all = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
    expect(await withHttps(await https({ tls_policy: 'OLD', tls_versions: all }), versionsOf)).toEqual(all);
    const written = await https({ tls_versions: ['TLSv1.1', 'TLSv1.2'] });
    expect(await withHttps(written, versionsOf)).toEqual(['TLSv1.1', 'TLSv1.2']);
  });

  it('are those of the policy, or those that are written', async () => {
    const cipher = (one: Listener, ciphers: string, maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
      withHttps(one, (port) =>
        handshake(port, { ciphers, maxVersion }).then(
          ({ cipher: name }) => name,
          () => 'refused',
        ),
      );
    const weak = 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0';
    expect(await cipher(await https(), weak, 'TLSv1.2')).toBe('refused');
    expect(await cipher(await https({ tls_policy: 'OLD' }), weak, 'TLSv1.2')).toBe('ECDHE-ECDSA-AES128-SHA');
    const written = await https({ tls_ciphers: 'TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(await cipher(written, 'ALL', 'TLSv1.2')).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    expect(await cipher(written, 'TLS_AES_128_GCM_SHA256', 'TLSv1.3')).toBe('refused');
    expect(await cipher(written, 'TLS_AES_256_GCM_SHA384', 'TLSv1.3')).toBe('TLS_AES_256_GCM_SHA384');
  });

  it('are those of the policy where no written one is known, with a warning', async () => {
    const one = await https({ tls_ciphers: 'NO-SUCH-CIPHER', name: 'web' });
    const config = compiled([loadBalancer([one], [members])], { certificates: Object.values(shown) });
    expect(config.warnings).toMatchObject([{ path: 'listener "web"', code: 'invalid' }]);
    expect(await withHttps(one, versionsOf)).toEqual(['TLSv1.2', 'TLSv1.3']);
  });

  it('go with the protocols that the listener offers', async () => {
    const agreed = async (fields: Partial<Listener>) =>
      withHttps(await https(fields), async (port) => {
        const request = { ALPNProtocols: ['h2', 'http/1.1'] };
        const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0';
        return (await handshake(port, request, fields.alpn_protocols ? undefined : preface)).alpn;
      });
    expect(await agreed({})).toBe('h2');
    expect(await agreed({ alpn_protocols: ['http/1.1'] })).toBe('http/1.1');
    expect(await agreed({ alpn_protocols: [] })).toBe(false);
  });
});

describe('sessions', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`are resumed by tickets for 300 s in ${version}, at any listener`, async () => {
      const [one, other] = [await https(), await https()];
      const config = compiled([loadBalancer([one, other], [members])], { certificates: Object.values(shown) });
      await withProxy(config, async () => {
        const options = { maxVersion: version, servername: 'main.example.com' };
        const first = await handshake(one.protocol_port, options);
        expect(first.resumed).toBe(false);
        const session = first.sessions.at(-1)!;
        expect((await handshake(one.protocol_port, { ...options, session })).resumed).toBe(true);
      });
      expect(config.base).toContain('tune.ssl.lifetime 300');
    });
  }
});

describe('certificates of clients', () => {
  const root = authority('Clients');
  const good = issuedBy(root, { name: 'good' });
  const revoked = issuedBy(root, { name: 'revoked' });
  const stranger = issuedBy(authority('Others'), { name: 'stranger' });
  const odd = issuedBy(root, { name: 'x"\r\nX-Admin: yes' });
  const clients = certificate('CLIENT_CA', root.certificate);
  const list = certificate('CRL', revocationList(root, [revoked.serial]));
  const HEADERS = ['Verify', 'Has-Cert', 'DN', 'CN', 'SHA1', 'Not-Before', 'Not-After'].map(
    (name) => `X-SSL-Client-${name}`,
  );

  async function seen(client_authentication: 'OPTIONAL' | 'MANDATORY', client: Issued | undefined, request?: string) {
    const one = await https({
      client_authentication,
      client_ca_tls_container_ref: clients.id,
      client_crl_container_ref: list.id,
      insert_headers: Object.fromEntries([...HEADERS, 'X-SSL-Issuer'].map((name) => [name, 'true'])),
    });
    return withHttps(
      one,
      async (port) => {
        const options = client ? { cert: client.certificate, key: client.key } : {};
        const { answer } = await handshake(port, options, request);
        return JSON.parse(/\{.*\}/.exec(answer)![0]).headers as Record<string, string>;
      },
      [clients, list],
    );
  }

  it('are required where they are mandatory, and may be left out where they are optional', async () => {
    expect(await seen('MANDATORY', good)).toMatchObject({ 'x-ssl-client-has-cert': '1' });
    await expect(seen('MANDATORY', undefined)).rejects.toThrow();
    expect(await seen('OPTIONAL', undefined)).toMatchObject({ 'x-ssl-client-has-cert': '0' });
  });

  it('are refused when others issued them or they were taken back', async () => {
    for (const authentication of ['OPTIONAL', 'MANDATORY'] as const) {
      await expect(seen(authentication, stranger)).rejects.toThrow();
      await expect(seen(authentication, revoked)).rejects.toThrow();
    }
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`are needed where they are mandatory, also to go on with a ${version} session begun at another listener`, async () => {
      const others = authority('Others');
      const othersClient = issuedBy(others, { name: 'x' });
      const othersList = certificate('CLIENT_CA', others.certificate);
      const mandatory = (id: string) =>
        ({ client_authentication: 'MANDATORY', client_ca_tls_container_ref: id }) as const;
      const [open, theirs, ours] = [
        await https(),
        await https(mandatory(othersList.id)),
        await https(mandatory(clients.id)),
      ];
      const used = { certificates: [...Object.values(shown), clients, othersList] };
      await withProxy(compiled([loadBalancer([open, theirs, ours], [members])], used), async () => {
        const options = { maxVersion: version, servername: 'main.example.com' };
        const own = { ...options, cert: good.certificate, key: good.key };
        const foreign = { ...options, cert: othersClient.certificate, key: othersClient.key };
        const sessionOf = async (port: number, how: object) => (await handshake(port, how)).sessions.at(-1)!;
        const session = await sessionOf(open.protocol_port, options);
        await expect(handshake(ours.protocol_port, { ...options, session })).rejects.toThrow();
        const stolen = await sessionOf(theirs.protocol_port, foreign);
        await expect(handshake(ours.protocol_port, { ...foreign, session: stolen })).rejects.toThrow();
        const right = await sessionOf(ours.protocol_port, own);
        expect((await handshake(ours.protocol_port, { ...own, session: right })).resumed).toBe(true);
      });
    });
  }

  it('are told to members, and nobody else can tell them', async () => {
    const request = `GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-SSL-Client-CN: root\r\nx_ssl_client_dn: root\r\nX-SSL-Other: root\r\n\r\n`;
    expect(await seen('MANDATORY', good, request)).toMatchObject({
      'x-ssl-client-verify': '0',
      'x-ssl-client-cn': 'good',
      'x-ssl-client-dn': '/O=Example/CN=good',
      'x-ssl-issuer': '/O=Example/CN=Clients',
      'x-ssl-client-sha1': expect.stringMatching(/^[0-9A-F]{40}$/),
      'x-ssl-client-not-before': '200101000000Z',
      'x-ssl-client-not-after': '491231235959Z',
    });
    const headers = await seen('MANDATORY', good, request);
    expect(Object.keys(headers).filter((name) => /ssl/.test(name))).toHaveLength(8);
    expect(await seen('MANDATORY', odd)).toMatchObject({ 'x-ssl-client-cn': 'x"X-Admin: yes' });
  });
});

describe('headers of TLS listeners', () => {
  it('tell browsers to stay with TLS, in answers of the gateway as well', async () => {
    const fields = { hsts_max_age: 31_536_000, hsts_include_subdomains: true, hsts_preload: true };
    const value = /strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n/i;
    for (const backend of [members.id, null]) {
      const one = await https({ ...fields, default_pool_id: backend });
      expect((await withHttps(one, (port) => handshake(port))).answer).toMatch(value);
    }
    expect((await withHttps(await https(), (port) => handshake(port))).answer).not.toMatch(/strict-transport/i);
  });
});

describe('certificates by kind of key', () => {
  it('can be RSA and ECDSA for one name: clients get the one they can check', async () => {
    const rsa = site('main.example.com', { key: rsaPair() });
    const second = certificate('SERVER', rsa.chain, rsa.leaf.key);
    const one = await https({ sni_container_refs: [second.id] });
    const options = { servername: 'main.example.com', maxVersion: 'TLSv1.2' as const };
    const ciphers = await withHttps(
      one,
      (port) =>
        Promise.all(
          ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'].map((only) =>
            handshake(port, { ...options, ciphers: only }).then(({ cipher }) => cipher),
          ),
        ),
      [second],
    );
    expect(ciphers).toEqual(['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256']);
  });
});
