/** Several who change things at once, through the API and by files: everybody gets an answer, nothing is lost, the last state is whole. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ApiClient, type Json } from '../support/api-client.js';
import { expectKernelAgrees } from '../support/api-kernel.js';
import { Scene } from './support.js';

const scene = new Scene('writers', { clients: 1, backends: 1, programs: false });
const api = new ApiClient(scene.gateway.socket);
const LBAAS = '/v2/lbaas';

beforeAll(() => scene.start());
afterAll(() => scene.stop());
afterEach(async () => {
  await expectKernelAgrees(scene.lab, api);
  for (const { id } of await api.expect('GET', `${LBAAS}/loadbalancers`)) {
    await api.expect('PUT', `${LBAAS}/loadbalancers/${id}`, { loadbalancer: { managed_by: 'api' } });
    await api.expect('DELETE', `${LBAAS}/loadbalancers/${id}?cascade=true`);
  }
});

/** Addresses behind which nobody is. */
const server = (index: number) => `198.19.9.${index + 1}`;
const vip = (index: number) => `198.18.1.${100 + index}`;

function post(path: string, root: string, fields: object): Promise<Answer> {
  return api.send({ method: 'POST', path: `${LBAAS}/${path}`, body: { [root]: fields } });
}

function put(path: string, root: string, fields: unknown): Promise<Answer> {
  return api.send({ method: 'PUT', path: `${LBAAS}/${path}`, body: { [root]: fields } });
}

function get(path: string): Promise<Json> {
  return api.expect('GET', `${LBAAS}/${path}`);
}

/** How often each status was answered. */
function statuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** A load balancer as the API and files have it. */
function tree(name: string, members: readonly string[], more: object = {}): Json {
  const pool = {
    name: 'servers',
    protocol: 'TCP',
    lb_algorithm: 'ROUND_ROBIN',
    members: members.map((address) => ({ address, protocol_port: 80 })),
  };
  return {
    name,
    vip_address: vip(name.charCodeAt(0) - 97),
    listeners: [{ name: 'tcp', protocol: 'TCP', protocol_port: 80, default_pool: pool }],
    ...more,
  };
}

/** The load balancer in full, made through the API. */
function create(name: string, members: readonly string[]): Promise<Json> {
  return api.expect('POST', `${LBAAS}/loadbalancers`, { loadbalancer: tree(name, members) });
}

function apply(trees: readonly Json[], flags = ''): Promise<Answer> {
  return api.send({ method: 'POST', path: `/apply?${flags}`, body: { loadbalancers: trees } });
}

/** What somebody does so many times, each time when the one before is answered. */
async function repeat(times: number, request: (index: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let index = 0; index < times; index++) {
    answers.push(await request(index));
  }
  return answers;
}

describe('writers of the API', () => {
  test('who change different fields of one object lose nothing of each other', async () => {
    const { pools } = await create('a', [server(0)]);
    const path = `pools/${pools[0].id}/members/${pools[0].members[0].id}`;
    const times = 25;
    const write = (fields: (index: number) => object) => repeat(times, (index) => put(path, 'member', fields(index)));
    const answers = await Promise.all([
      write((index) => ({ weight: index + 1 })),
      write((index) => ({ name: `n${index}` })),
      write((index) => ({ tags: [`t${index}`] })),
      write((index) => ({ monitor_port: index + 1 })),
    ]);
    expect(statuses(answers.flat())).toEqual({ 200: 4 * times });
    expect(answers[0].map(({ body }) => body.member.weight)).toEqual(answers[0].map((_, index) => index + 1));
    const last = { weight: times, name: `n${times - 1}`, tags: [`t${times - 1}`], monitor_port: times };
    expect(await get(path)).toMatchObject(last);
  });

  test('who add members to one pool all get theirs, and one address goes to one of them', async () => {
    const { pools } = await create('a', [server(0)]);
    const path = `pools/${pools[0].id}/members`;
    const writers = 4;
    const each = 15;
    // Two and two want the same ones.
    const answers = await Promise.all(
      Array.from({ length: writers }, (_, writer) =>
        Promise.all(
          Array.from({ length: each }, (_, index) =>
            post(path, 'member', { address: server(1 + (writer >> 1) * each + index), protocol_port: 80 }),
          ),
        ),
      ),
    );
    expect(statuses(answers.flat())).toEqual({ 201: 2 * each, 409: 2 * each });
    const addresses: string[] = (await get(path)).map(({ address }: Json) => address);
    expect(addresses.sort()).toEqual(Array.from({ length: 1 + 2 * each }, (_, index) => server(index)).sort());
  });

  test('who replace all members at once leave what one of them wanted', async () => {
    const { pools } = await create('a', [server(0)]);
    const path = `pools/${pools[0].id}/members`;
    const wanted = (writer: number) => Array.from({ length: 10 }, (_, index) => server(10 * writer + index));
    const replace = (writer: number) =>
      repeat(10, () =>
        put(
          path,
          'members',
          wanted(writer).map((address) => ({ address, protocol_port: 80 })),
        ),
      );
    const answers = await Promise.all([replace(0), replace(1), replace(2)]);
    expect(statuses(answers.flat())).toEqual({ 202: 30 });
    const addresses: string[] = (await get(path)).map(({ address }: Json) => address);
    expect([0, 1, 2].map((writer) => wanted(writer).sort())).toContainEqual(addresses.sort());
  });

  test('who want the same VIP, port or quota do not get it twice', async () => {
    const balancers = await Promise.all(
      Array.from({ length: 8 }, () => post('loadbalancers', 'loadbalancer', { vip_address: vip(9) })),
    );
    expect(statuses(balancers)).toEqual({ 201: 1, 409: 7 });
    const { id, project_id } = balancers.find(({ status }) => status === 201)!.body.loadbalancer;
    const listen = (protocol_port: number) =>
      post('listeners', 'listener', { loadbalancer_id: id, protocol: 'TCP', protocol_port });
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => listen(80))))).toEqual({ 201: 1, 409: 7 });
    await api.expect('PUT', `${LBAAS}/quotas/${project_id}`, { quota: { listener: 5 } });
    const more = await Promise.all(Array.from({ length: 12 }, (_, index) => listen(100 + index)));
    await api.expect('DELETE', `${LBAAS}/quotas/${project_id}`);
    expect(statuses(more)).toEqual({ 201: 4, 403: 8 });
    expect((await get(`loadbalancers/${id}`)).listeners).toHaveLength(5);
  });

  test('who add to what another deletes are told that it is gone', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, pools } = await create('a', [server(0)]);
      const add = (index: number) =>
        index % 2 === 0
          ? post(`pools/${pools[0].id}/members`, 'member', { address: server(1 + index), protocol_port: 80 })
          : post('listeners', 'listener', { loadbalancer_id: id, protocol: 'TCP', protocol_port: 100 + index });
      const adding = Promise.all(Array.from({ length: 20 }, (_, index) => add(index)));
      const removed = await api.send({ method: 'DELETE', path: `${LBAAS}/loadbalancers/${id}?cascade=true` });
      const answers = await adding;
      expect(removed.status).toBe(204);
      expect(answers.filter(({ status }) => status !== 201 && status !== 404)).toEqual([]);
      const left = await api.configuration();
      expect([left.loadbalancers, left.listeners, left.pools, left.members]).toEqual([[], [], [], []]);
    }
  });
});

describe('the API and files', () => {
  const times = 12;

  test('change what is theirs at the same time', async () => {
    const { pools } = await create('a', [server(0)]);
    const file = (index: number) => apply([tree('b', [server(0), server(1 + (index % 3))])], 'prune=true');
    const members = `pools/${pools[0].id}/members`;
    const [applied, added] = await Promise.all([
      repeat(times, file),
      repeat(times, (index) => post(members, 'member', { address: server(1 + index), protocol_port: 80 })),
    ]);
    expect([statuses(applied), statuses(added)]).toEqual([{ 200: times }, { 201: times }]);
    expect(await get(members)).toHaveLength(1 + times);
    const { members: all, loadbalancers } = await api.configuration();
    expect(loadbalancers.map(({ name, managed_by }) => [name, managed_by]).sort()).toEqual([
      ['a', 'api'],
      ['b', 'apply'],
    ]);
    expect(
      all
        .filter(({ pool_id }) => pool_id !== pools[0].id)
        .map(({ address }) => address)
        .sort(),
    ).toEqual([server(0), server(1 + ((times - 1) % 3))].sort());
  });

  test('refuse each other what is not theirs, and say whose it is', async () => {
    await create('a', [server(0)]);
    expect((await apply([tree('b', [server(1)])])).status).toBe(200);
    const before = await api.configuration();
    const [ofFile] = before.loadbalancers.filter(({ name }) => name === 'b');
    const listener = ofFile.listeners[0].id;
    const pool = ofFile.pools[0].id;
    const refused = await Promise.all([
      put(`loadbalancers/${ofFile.id}`, 'loadbalancer', { name: 'mine' }),
      put(`listeners/${listener}`, 'listener', { connection_limit: 5 }),
      post(`pools/${pool}/members`, 'member', { address: server(5), protocol_port: 80 }),
      put(`pools/${pool}/members`, 'members', []),
      api.send({ method: 'DELETE', path: `${LBAAS}/loadbalancers/${ofFile.id}?cascade=true` }),
      apply([tree('a', [server(7)])]),
      apply([tree('b', [server(8)]), tree('a', [server(7)])]),
    ]);
    expect(statuses(refused)).toEqual({ 409: refused.length });
    for (const { body } of refused.slice(0, 5)) {
      expect(body.faultstring).toMatch(/managed by `sluice apply`.*set managed_by to api/);
    }
    for (const { body } of refused.slice(5)) {
      expect(body.faultstring).toMatch(/api.*--adopt/i);
    }
    expect(await api.configuration()).toEqual(before);
  });

  test("take a load balancer from each other as often as they like: it is always somebody's, and whole", async () => {
    const { id } = await create('a', [server(0)]);
    const wanted = (index: number) => [server(0), server(1 + index), server(20 + index)];
    const [files, takers, writers] = await Promise.all([
      repeat(times, (index) => apply([tree('a', wanted(index))], 'adopt=true')),
      repeat(times, () => put(`loadbalancers/${id}`, 'loadbalancer', { managed_by: 'api' })),
      repeat(times, (index) => put(`loadbalancers/${id}`, 'loadbalancer', { description: `d${index}` })),
    ]);
    expect([statuses(files), statuses(takers)]).toEqual([{ 200: times }, { 200: times }]);
    expect(writers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const { members, loadbalancers } = await api.configuration();
    expect(members.map(({ address }) => address).sort()).toEqual(wanted(times - 1).sort());
    const [{ managed_by }] = loadbalancers as [Json];
    const mine = await put(`loadbalancers/${id}`, 'loadbalancer', { description: 'mine' });
    expect([managed_by, mine.status]).toEqual(managed_by === 'api' ? ['api', 200] : ['apply', 409]);
  });

  test('the command line applies files while the API is written to', async () => {
    const path = join(scene.lab.runDirectory, 'writers.json');
    writeFileSync(path, JSON.stringify({ loadbalancers: [tree('c', [server(0)]), tree('d', [server(1)])] }));
    const { pools } = await create('a', [server(0)]);
    const members = `pools/${pools[0].id}/members`;
    let done = false;
    const running = Promise.all([1, 2].map(() => scene.gateway.sluice(['apply', '-f', path, '-o', 'json'])));
    const writing = (async () => {
      const answers: Answer[] = [];
      while (!done) {
        answers.push(await put(members, 'members', [{ address: server(answers.length % 50), protocol_port: 80 }]));
      }
      return answers;
    })();
    const applied = await running.finally(() => {
      done = true;
    });
    const answers = await writing;
    expect(statuses(answers)).toEqual({ 202: answers.length });
    expect(applied.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const created = applied.flatMap(({ stdout }) => JSON.parse(stdout).created as string[]);
    expect(created.sort()).toEqual(['c', 'd']);
    expect((await get(members)).map(({ address }: Json) => address)).toEqual([server((answers.length - 1) % 50)]);
  });
});
