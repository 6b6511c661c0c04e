/** The daemon and its layer 7: what HTTP listeners become, and what happens where HAProxy does not do its part. */
import { describe, expect, it, vi } from 'vitest';
import type { Json } from '../../test/support/api-client.js';
import { expectProxied } from '../../test/support/api-proxy.js';
import { expectedTables, shownTables } from '../../test/support/api-tables.js';
import { type FaultyGateway, LOCALS, withGateway } from '../../test/support/faulty-gateway.js';
import type { RequestCounters } from '../accesslog/index.js';
import { SluiceError } from '../model/errors.js';
import { statsOf } from '../observe/testing/proxy-stats.js';

const [ONE, TWO] = ['198.18.2.11', '198.18.2.12'] as const;
const SERVICE = '198.18.0.10 tcp 80';
const MONITOR = { type: 'TCP', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1 };
/** ms; only bounds how long a broken test takes to say so. */
const PATIENCE = 20_000;

/** A load balancer with one listener at port 80, as the API shows it. */
async function balancer({ api }: FaultyGateway, listener: object = {}, pool: object = {}): Promise<Json> {
  const members = [ONE, TWO].map((address) => ({ address, protocol_port: 8080 }));
  const default_pool = { name: 'servers', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members, ...pool };
  const listeners = [{ name: 'http', protocol: 'HTTP', protocol_port: 80, default_pool, ...listener }];
  return await api.expect('POST', '/v2/lbaas/loadbalancers', {
    loadbalancer: { name: 'web', vip_address: '198.18.0.10', listeners },
  });
}

async function expectAgreement(gateway: FaultyGateway): Promise<void> {
  const configuration = await gateway.configuration();
  expect(shownTables(gateway.datapath.tables)).toEqual(expectedTables(configuration, LOCALS));
  expectProxied(gateway.layer7, gateway.store.load(), configuration);
}

describe('a listener of the proxy', () => {
  it('has its packets passed up, and its requests go to its members', () =>
    withGateway(async (gateway) => {
      const { pools } = await balancer(gateway);
      expect(shownTables(gateway.datapath.tables).services[SERVICE]).toMatchObject({ proxied: true, targets: {} });
      expect(gateway.layer7.usable(pools[0].id)).toEqual([`${ONE}:8080`, `${TWO}:8080`]);
      await expectAgreement(gateway);
    }));

  it.each([
    ['a pool that wants a header', { protocol: 'TCP' }, { protocol: 'PROXYV2' }],
    ['a pool that wants TLS', { protocol: 'TCP' }, { protocol: 'TCP', tls_enabled: true }],
  ])('may be one of layer 4 with %s, and becomes one of packets without it', (_sentence, listener, pool) =>
    withGateway(async (gateway) => {
      const made = await balancer(gateway, listener, pool);
      expect(shownTables(gateway.datapath.tables).services[SERVICE]).toMatchObject({ proxied: true });
      const plain = { loadbalancer_id: made.id, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' };
      const { id } = await gateway.api.expect('POST', '/v2/lbaas/pools', { pool: plain });
      await gateway.api.expect('PUT', `/v2/lbaas/listeners/${made.listeners[0].id}`, {
        listener: { default_pool_id: id },
      });
      expect(shownTables(gateway.datapath.tables).services[SERVICE]).toMatchObject({ proxied: false });
      expect(gateway.layer7.config).toBeUndefined();
      await expectAgreement(gateway);
    }),
  );

  it('is gone from HAProxy, and HAProxy with it, when it was the last', () =>
    withGateway(async (gateway) => {
      const { listeners } = await balancer(gateway);
      await gateway.api.expect('DELETE', `/v2/lbaas/listeners/${listeners[0].id}`);
      expect(gateway.layer7.config).toBeUndefined();
      await expectAgreement(gateway);
    }));

  it('leaves HAProxy alone while somebody only asks what would happen', () =>
    withGateway(async (gateway) => {
      const file = [{ name: 'web', vip_address: '198.18.0.10', listeners: [{ protocol: 'HTTP', protocol_port: 80 }] }];
      const answer = await gateway.api.send({ method: 'POST', path: '/apply?dry_run=true', body: file });
      expect([answer.status, answer.body.created]).toEqual([200, ['web']]);
      expect(gateway.layer7.log).toEqual(['open', 'apply 0']);
    }));

  it('is only written down without a data plane', () =>
    withGateway(async (gateway) => {
      await balancer(gateway);
      expect([gateway.layer7.log, gateway.layer7.config]).toEqual([[], undefined]);
    }, false));
});

describe('health', () => {
  it('reaches HAProxy: a member is used once a check succeeded, and not when it died', () =>
    withGateway(async (gateway) => {
      gateway.answering = new Set([ONE]);
      const { pools } = await balancer(gateway, {}, { healthmonitor: MONITOR });
      const usable = () => gateway.layer7.usable(pools[0].id);
      await vi.waitFor(() => expect(usable()).toEqual([`${ONE}:8080`]), PATIENCE);
      gateway.answering = new Set([TWO]);
      await vi.waitFor(() => expect(usable()).toEqual([`${TWO}:8080`]), PATIENCE);
      const { operating_status } = await gateway.api.expect('GET', `/v2/lbaas/pools/${pools[0].id}`);
      expect(operating_status).toBe('DEGRADED');
    }));

  it('is believed from the HAProxy that runs when the daemon starts again: no request notices', () =>
    withGateway(async (gateway) => {
      gateway.answering = new Set([ONE]);
      const { pools } = await balancer(gateway, {}, { healthmonitor: MONITOR });
      await vi.waitFor(() => expect(gateway.layer7.usable(pools[0].id)).toEqual([`${ONE}:8080`]), PATIENCE);
      await gateway.stop();
      gateway.layer7.log.splice(0);
      gateway.answering = null;
      await gateway.start();
      expect(gateway.layer7.log).toEqual(['open', 'apply 0']);
      expect(gateway.layer7.usable(pools[0].id)).toEqual([`${ONE}:8080`]);
      const members: Json[] = await gateway.api.expect('GET', `/v2/lbaas/pools/${pools[0].id}/members`);
      const statuses = members.map(({ address, operating_status }) => [address, operating_status]);
      expect(Object.fromEntries(statuses)).toEqual({ [ONE]: 'ONLINE', [TWO]: 'OFFLINE' });
    }));
});

describe('a change that cannot be', () => {
  /** Sends the listener; resolves to its answer, when everything that it queued is done. */
  async function refused(gateway: FaultyGateway, protocol = 'HTTP') {
    const [{ id }] = await gateway.api.expect('GET', '/v2/lbaas/loadbalancers');
    const listener = { loadbalancer_id: id, protocol, protocol_port: 81 };
    const answer = await gateway.api.send({ method: 'POST', path: '/v2/lbaas/listeners', body: { listener } });
    await gateway.settle();
    return answer;
  }

  it('leaves nothing behind where HAProxy refuses it, but its entry in the audit', () =>
    withGateway(async (gateway) => {
      const { store, datapath, layer7 } = gateway;
      await balancer(gateway);
      const [stored, tables, config] = [store.load(), shownTables(datapath.tables), layer7.config];
      datapath.log.splice(0);
      layer7.failAfter = 0;
      const answer = await refused(gateway);
      // Packets have seen nothing of it.
      expect(datapath.log.filter((line) => line !== 'apply 0')).toEqual([]);
      expect([answer.status, answer.body]).toMatchObject([500, { code: 'proxy_failed', faultcode: 'Server' }]);
      expect(answer.body.faultstring).toContain('HAProxy refused it');
      expect([store.load(), shownTables(datapath.tables), layer7.config]).toEqual([stored, tables, config]);
      const [entry] = store.audit({ limit: 1 });
      expect(entry).toMatchObject({ status: 500, outcome: 'failure', kind: 'listener' });
      await expectAgreement(gateway);
      const [{ provisioning_status }] = await gateway.api.expect('GET', '/v2/lbaas/loadbalancers');
      expect(provisioning_status).toBe('ACTIVE');
    }));

  it('is taken back from HAProxy where the tables refuse it', () =>
    withGateway(async (gateway) => {
      const { store, datapath, layer7 } = gateway;
      await balancer(gateway);
      const [stored, config] = [store.load(), layer7.config];
      datapath.failAfter = 0;
      expect(await refused(gateway)).toMatchObject({ status: 500, body: { code: 'dataplane_failed' } });
      expect([store.load(), layer7.config]).toEqual([stored, config]);
      await expectAgreement(gateway);
    }));

  it('is refused before anything happens where there is no HAProxy for it; packets do not need one', () =>
    withGateway(async (gateway) => {
      const { api, store, layer7 } = gateway;
      await api.expect('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_address: '198.18.0.10' } });
      const plan = layer7.plan.bind(layer7);
      layer7.plan = (input) => {
        if (plan(input) !== undefined) {
          throw new SluiceError('unsupported', 'HTTP listeners need HAProxy');
        }
        return undefined;
      };
      const stored = store.load();
      const answer = await refused(gateway);
      expect([answer.status, answer.body.faultstring]).toEqual([501, 'HTTP listeners need HAProxy']);
      expect(store.load()).toEqual(stored);
      expect((await refused(gateway, 'TCP')).status).toBe(201);
      await expectAgreement(gateway);
    }));
});

describe('what is told of layer 7', () => {
  /** Figures of the listener and of its first member, as HAProxy and its log have them. */
  function count({ layer7 }: FaultyGateway, { listeners, pools }: Json): void {
    const [listener, pool] = [listeners[0].id, pools[0].id];
    layer7.statistics = statsOf({
      [`l_${listener},FRONTEND`]: { scur: 3, conn_tot: 40, bin: 500, bout: 6000, req_tot: 70, hrsp_2xx: 60 },
      [`p_${pool},BACKEND`]: {},
      [`p_${pool},${ONE}:8080`]: { scur: 2, stot: 65, bin: 450, bout: 5500 },
    });
    layer7.counters = new Map([[listener, { status_404: 9, timed: 50, milliseconds: 800 } as RequestCounters]]);
  }

  it("is in its listener's status and statistics", () =>
    withGateway(async (gateway) => {
      const made = await balancer(gateway);
      count(gateway, made);
      const { loadbalancers } = (await gateway.api.get('/status')).body;
      const [listener] = loadbalancers[0].listeners;
      const whole = { active: 3, sessions: 40, bytes_in: 500, bytes_out: 6000, proxied: true };
      expect(listener).toMatchObject({ ...whole, http: { requests: 70, responses_404: 9, milliseconds: 800 } });
      expect(listener.members.map(({ sessions }: Json) => sessions)).toEqual([65, 0]);
      const stats = await gateway.api.expect('GET', `/v2/lbaas/listeners/${made.listeners[0].id}/stats`);
      const shown = { active_connections: 3, total_connections: 40, bytes_in: 500, bytes_out: 6000 };
      expect(stats).toMatchObject(shown);
      expect(await gateway.api.expect('GET', `/v2/lbaas/loadbalancers/${made.id}/stats`)).toMatchObject(shown);
    }));

  it('is nothing while HAProxy has not been asked yet', () =>
    withGateway(async (gateway) => {
      await balancer(gateway);
      const { loadbalancers } = (await gateway.api.get('/status')).body;
      expect(loadbalancers[0].listeners[0]).toMatchObject({ sessions: 0, bytes_in: 0, proxied: true, http: null });
    }));

  it('is shown by PROMETHEUS listeners: their own load balancer, and no other', () =>
    withGateway(async (gateway) => {
      const made = await balancer(gateway);
      count(gateway, made);
      await gateway.api.expect('POST', '/v2/lbaas/loadbalancers', {
        loadbalancer: { name: 'somebody', vip_address: '198.18.0.11' },
      });
      const { metricsOf } = gateway.layer7.wiring;
      const { text } = (await metricsOf(made.id))!;
      expect(text).toMatch(/^sluice_listener_requests_total\{loadbalancer="web",.*\} 70$/m);
      expect(text).not.toContain('somebody');
      expect(await metricsOf('lb-of-nobody')).toBeUndefined();
    }));

  it('becomes an event when HAProxy dies and when it is back', () =>
    withGateway(async (gateway) => {
      const { wiring } = gateway.layer7;
      wiring.onEvent({ kind: 'died' });
      wiring.onEvent({ kind: 'restarted' });
      const types = () => gateway.store.events({ limit: 10 }).map(({ type, severity }) => [type, severity]);
      const told = [
        ['proxy.restarted', 'info'],
        ['proxy.died', 'error'],
      ];
      await vi.waitFor(() => expect(types()).toEqual(told), PATIENCE);
    }));
});
