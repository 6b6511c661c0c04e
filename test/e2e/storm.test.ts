/**
 * Many changes under full load: no request fails, no connection is reset. In the normal run a short storm; SLUICE_STORM=1000 makes it the
 * thousand changes in five minutes that the product promises.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNginx } from '../../src/lab/backends.js';
import { type Served, WebScene } from '../l7/support/scene.js';
import { host, http, https, toPool } from './bodies.js';
import { countResets, Load } from './load.js';

const CHANGES = Number(process.env.SLUICE_STORM ?? 60);
/** 1,000 in 300 s. */
const PER_SECOND = 1000 / 300;
const SECONDS = Math.ceil(CHANGES / PER_SECOND);
const CLIENTS = ['client1', 'client2', 'client3'];

const scene = new WebScene('storm', { backends: 2, clients: 3 });
const { lab } = scene;
let served: Served;
let certificate: string;

beforeAll(async () => {
  await scene.start();
  for (const { name } of lab.plan.backends) await startNginx(lab, name, 8060, 2);
  certificate = await scene.certificate(scene.authority.server(['shop.example']));
  served = await scene.serve({
    pools: [pool('nginx')],
    listeners: [
      http('kept', 80, {
        default_pool: { name: 'nginx' },
        l7policies: [toPool('other', 'nginx', host('other.example'))],
      }),
      http('short', 81, { default_pool: { name: 'nginx' } }),
      https('secure', 443, certificate, { default_pool: { name: 'nginx' } }),
    ],
  });
});
afterAll(() => scene.stop());

/** Of nginx on both backends. */
function pool(name: string): object {
  return scene.pool(
    name,
    scene.apps.map((app) => ({ ...app, port: 8060 })),
  );
}

/** Each of them makes the configuration another one; together they leave it as it was. */
async function changes(): Promise<((turn: number) => Promise<unknown>)[]> {
  const { api } = scene;
  const members = `/v2/lbaas/pools/${await served.id('pools', 'nginx')}/members`;
  const [first] = await api.expect('GET', members);
  const listener_id = await served.id('listeners', 'kept');
  const redirect_pool_id = await served.id('pools', 'nginx');
  const loadbalancer_id = (await api.expect('GET', `/v2/lbaas/loadbalancers?name=${served.name}`))[0].id;
  const made: Record<string, string> = {};
  const toggle =
    (what: string, create: () => Promise<{ id: string }>, remove: (id: string) => Promise<unknown>) => async () => {
      const id = made[what];
      if (id === undefined) {
        made[what] = (await create()).id;
        return;
      }
      delete made[what];
      await remove(id);
    };
  const remove = (collection: string) => (id: string) => api.send({ method: 'DELETE', path: `${collection}/${id}` });
  const spare = { address: scene.apps[0]!.address, protocol_port: scene.apps[0]!.port, weight: 0, name: 'spare' };
  return [
    (turn) => api.expect('PUT', `${members}/${first.id}`, { member: { weight: 1 + (turn % 20) } }),
    toggle('member', () => api.expect('POST', members, { member: spare }), remove(members)),
    toggle(
      'policy',
      async () => {
        const l7policy = { name: 'more', listener_id, action: 'REDIRECT_TO_POOL', redirect_pool_id };
        const policy = await api.expect('POST', '/v2/lbaas/l7policies', { l7policy });
        await api.expect('POST', `/v2/lbaas/l7policies/${policy.id}/rules`, { rule: host('more.example') });
        return policy;
      },
      remove('/v2/lbaas/l7policies'),
    ),
    () => {
      const { certificate: chain, key } = scene.authority.server(['shop.example']);
      const body = { certificate: { certificate: chain, private_key: key } };
      return api.expect('PUT', `/v2/sluice/certificates/${certificate}`, body);
    },
    // These need a HAProxy that starts anew.
    (turn) => served.set('listeners', 'short', { timeout_client_data: 50_000 + turn }),
    (turn) => served.set('listeners', 'kept', { insert_headers: { 'X-Turn': String(turn) } }),
    toggle(
      'listener',
      () => {
        const listener = { name: 'more', loadbalancer_id, protocol: 'HTTP', protocol_port: 82 };
        return api.expect('POST', '/v2/lbaas/listeners', { listener });
      },
      remove('/v2/lbaas/listeners'),
    ),
  ];
}

test(`${CHANGES} changes in ${SECONDS} s under full load: no request fails, no connection is reset`, async () => {
  const resets = await Promise.all(CLIENTS.map((name) => countResets(lab, name)));
  const seconds = SECONDS + 5;
  const loads = [
    await Load.start(lab, 'client1', { url: `http://${served.vip}/`, seconds }),
    await Load.start(lab, 'client2', { url: `http://${served.vip}:81/`, seconds, close: true }),
    await Load.start(lab, 'client3', { url: `https://${served.vip}/`, seconds }),
  ];
  const steps = await changes();
  const started = performance.now();
  for (let turn = 0; turn < CHANGES; turn++) {
    const due = started + (turn / PER_SECOND) * 1000;
    // The pace of the storm, not a wait for anything.
    await sleep(Math.max(0, due - performance.now()));
    await steps[turn % steps.length]!(turn);
  }
  // wrk cuts its connections off at its end: only what came before counts.
  const seen = await Promise.all(resets.map((count) => count()));
  const results = await Promise.all(loads.map((load) => load.result()));
  for (const { requests, refused, broken, text } of results) {
    expect({ refused, broken, text }).toEqual({ refused: 0, broken: 0, text });
    expect(requests).toBeGreaterThan(CHANGES);
  }
  expect(seen).toEqual([0, 0, 0]);
});
