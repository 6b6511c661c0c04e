/** Sluice as a contestant: a daemon in the lab's gateway, configured through its API to do what the others do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gateway } from '#sluice/lab/gateway.js';
import type { Lab } from '#sluice/lab/lab.js';
import { until } from '#sluice/lab/wait.js';
import { POLICIES, PORTS } from './arenas.js';
import { type KeyPair, makeCertificate } from './certificates.js';
import { policies } from './policies.js';

/** A kept connection may have as many requests as it likes, and wait as long as with the others. */
const KEPT = { keepalive_requests: 0, timeout_http_keepalive: 60_000 };
const HEADERS = { 'X-Forwarded-For': 'true' };
const START_MS = 60_000;

interface Named {
  id: string;
  name: string;
}

export interface SluiceSubject {
  lab: Lab;
  address: string;
  /** Shows another certificate to clients of port 443. Resolves when the API has answered. */
  replaceCertificate(pair: KeyPair): Promise<void>;
  /** Sends what the last policy of port 82 concerns to the other pool. */
  movePolicy(to: 'one' | 'two'): Promise<void>;
}

/** Resolves when all listeners answer. @throws LabError, with the API's own words */
export async function startSluice(lab: Lab): Promise<SluiceSubject> {
  const log = { target: 'file', path: join(lab.runDirectory, 'access.log'), format: 'json' };
  const gateway = new Gateway(lab, { sections: { access_log: log } });
  await gateway.start();
  const ecdsa = await upload(gateway, lab, 'ecdsa');
  const rsa = await upload(gateway, lab, 'rsa');
  const loadbalancer = treeOf(lab, { ecdsa, rsa });
  await gateway.request('POST', '/v2/lbaas/loadbalancers', JSON.stringify({ loadbalancer }));
  const address = lab.plan.vips[0]!;
  const answering = async () => {
    const answers = Object.entries(PORTS).map(([name, port]) => {
      const scheme = name === 'ecdsa' || name === 'rsa' ? 'https' : 'http';
      return lab.run('client1', ['curl', '-skf', '--max-time', '2', `${scheme}://${address}:${port}/`]);
    });
    return (await Promise.all(answers)).every(({ code }) => code === 0);
  };
  await until(answering, START_MS, 'the listeners of Sluice to answer');
  const pools = await list(gateway, 'pools');
  const [policy] = await list(gateway, `l7policies?name=policy-${POLICIES - 1}`);
  return {
    lab,
    address,
    replaceCertificate: ({ certificate, key }) =>
      change(gateway, `/v2/sluice/certificates/${ecdsa}`, { certificate: { certificate, private_key: key } }),
    movePolicy: (to) => {
      const pool = pools.find(({ name }) => name === to)!;
      const body = { l7policy: { redirect_pool_id: pool.id } };
      return change(gateway, `/v2/lbaas/l7policies/${policy!.id}`, body);
    },
  };
}

/** Id of the certificate made from the lab's files. */
async function upload(gateway: Gateway, lab: Lab, kind: 'ecdsa' | 'rsa'): Promise<string> {
  const read = (end: string) => readFileSync(join(lab.runDirectory, `${kind}.${end}`), 'utf8');
  const body = { certificate: { name: kind, type: 'SERVER', certificate: read('crt'), private_key: read('key') } };
  const answer = await gateway.request('POST', '/v2/sluice/certificates', JSON.stringify(body));
  return (JSON.parse(answer) as { certificate: Named }).certificate.id;
}

async function list(gateway: Gateway, query: string): Promise<Named[]> {
  const answer = JSON.parse(await gateway.request('GET', `/v2/lbaas/${query}`)) as Record<string, Named[]>;
  return Object.values(answer)[0] ?? [];
}

async function change(gateway: Gateway, path: string, body: object): Promise<void> {
  await gateway.request('PUT', path, JSON.stringify(body));
}

function treeOf(lab: Lab, certificates: { ecdsa: string; rsa: string }): object {
  const pool = (name: string, port: number) => ({
    name,
    protocol: 'HTTP',
    lb_algorithm: 'ROUND_ROBIN',
    members: [{ name: 'backend1', address: lab.plan.backends[0]!.addresses[0], protocol_port: port }],
  });
  const listener = (name: string, protocol_port: number, more: object = {}) => ({
    name,
    protocol: 'HTTP',
    protocol_port,
    default_pool: { name: 'one' },
    access_log: false,
    insert_headers: HEADERS,
    ...KEPT,
    ...more,
  });
  const tls = (ref: string) => ({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: ref });
  return {
    name: 'bench',
    vip_address: lab.plan.vips[0],
    pools: [pool('one', 8080), pool('two', 8081)],
    listeners: [
      listener('plain', PORTS.plain),
      listener('logged', PORTS.logged, { access_log: true }),
      listener('policies', PORTS.policies, { l7policies: policyTrees() }),
      listener('ecdsa', PORTS.ecdsa, tls(certificates.ecdsa)),
      listener('rsa', PORTS.rsa, tls(certificates.rsa)),
    ],
  };
}

function policyTrees(): object[] {
  return policies(POLICIES).map(({ host, path, exact, pool }, index) => ({
    name: `policy-${index}`,
    action: 'REDIRECT_TO_POOL',
    redirect_pool: { name: pool },
    rules: [
      { type: 'HOST_NAME', compare_type: 'EQUAL_TO', value: host },
      { type: 'PATH', compare_type: exact ? 'EQUAL_TO' : 'STARTS_WITH', value: path },
    ],
  }));
}

/** Another certificate for the same name. */
export function anotherCertificate(lab: Lab): KeyPair {
  return makeCertificate(lab.runDirectory, 'ecdsa');
}
