/** A thousand load balancers with ten members each, made by a daemon's API. */
import { listAddresses } from '#sluice/model/address.js';
import type { SocketClient } from './client.js';

export const LOAD_BALANCERS = 1_000;
const MEMBERS_EACH = 10;
export const MEMBERS = LOAD_BALANCERS * MEMBERS_EACH;
const BATCH = 100;

/** A network the gateway is in, for the VIPs. */
export const VIP_NETWORK = '198.19.128.1/20';
const FIRST_VIP = '198.19.128.2';
/** Of the members' addresses. */
export const MEMBER_NETWORK = '198.19.64.0/18';
const FIRST_MEMBER = '198.19.64.1';

/** What is not the same for all of them. */
export interface Variation {
  /** Port of a load balancer's members, by its number. */
  port?: (index: number) => number;
  monitor?: object;
}

/** What they are, for people. */
export const IN_TOTAL = `${LOAD_BALANCERS.toLocaleString('en-US')} load balancers and ${MEMBERS.toLocaleString('en-US')} members`;

/** Makes them. @returns paths of their members */
export async function makeFleet(client: SocketClient, { port = () => 80, monitor }: Variation = {}): Promise<string[]> {
  const { projects } = await client.ask<{ projects: { id: string }[] }>('GET', '/identity/v3/projects');
  await client.ask('PUT', `/v2.0/lbaas/quotas/${projects[0]!.id}`, {
    quota: { loadbalancer: -1, listener: -1, healthmonitor: -1 },
  });
  const vips = listAddresses(FIRST_VIP, LOAD_BALANCERS);
  const addresses = listAddresses(FIRST_MEMBER, MEMBERS);
  const bodies = vips.map((vip, index) => {
    const own = addresses.slice(index * MEMBERS_EACH, (index + 1) * MEMBERS_EACH);
    return loadBalancer(vip, own, port(index), monitor);
  });
  for (let first = 0; first < bodies.length; first += BATCH)
    await client.ask('POST', '/v2/sluice/loadbalancers', { loadbalancers: bodies.slice(first, first + BATCH) });
  const { pools } = await client.ask<{ pools: { id: string; members: { id: string }[] }[] }>(
    'GET',
    '/v2.0/lbaas/pools',
  );
  return pools.flatMap(({ id, members }) => members.map((member) => `/v2.0/lbaas/pools/${id}/members/${member.id}`));
}

/** Id of one more load balancer's pool, with as many members as all others together. */
export async function makeLargePool(client: SocketClient): Promise<string> {
  const vip = listAddresses(FIRST_VIP, LOAD_BALANCERS + 1).at(-1)!;
  const loadbalancer = loadBalancer(vip, listAddresses(FIRST_MEMBER, MEMBERS), 80);
  const made = await client.ask<{ loadbalancer: { pools: { id: string }[] } }>('POST', '/v2.0/lbaas/loadbalancers', {
    loadbalancer,
  });
  return made.loadbalancer.pools[0]!.id;
}

function loadBalancer(vip: string, addresses: readonly string[], protocol_port: number, healthmonitor?: object) {
  const members = addresses.map((address) => ({ address, protocol_port }));
  const pool = { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members, ...(healthmonitor && { healthmonitor }) };
  return { name: vip, vip_address: vip, listeners: [{ protocol: 'TCP', protocol_port: 80, default_pool: pool }] };
}
