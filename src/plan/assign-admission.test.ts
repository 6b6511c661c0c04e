import { describe, expect, it } from 'vitest';
import type { ListenerSpec, Tree } from '../model/resources.js';
import { PlannedGateway, VIP } from './testing/planned-gateway.js';
import { listener, loadBalancer, member, pool, tree } from './testing/samples.js';

describe('assign: budgets and access lists', () => {
  const only = pool([member('198.18.2.1')]);
  const guarded = (fields: Partial<ListenerSpec>, ports = [80]): Tree =>
    tree(loadBalancer('web', VIP, [only], { listeners: ports.map((port) => listener('TCP', port, only, fields)) }));
  const service = (gateway: PlannedGateway, port = 80) => gateway.kernel.services.get(`${VIP}|tcp|${port}`)!.row;

  it('listeners of a load balancer count by the same index above theirs, which outlives restarts', () => {
    const gateway = new PlannedGateway();
    gateway.apply(guarded({ connection_limit: 5 }, [80, 81]));
    const { balancers, ...limits } = { balancers: balancersIn(gateway), ...gateway.kernel.budgets.get(0) };
    expect([balancers, limits.connections]).toEqual([[16_384, 16_384], 5]);
    gateway.apply(guarded({ connection_limit: 6 }, [81, 82]));
    expect(balancersIn(gateway)).toEqual([16_384, 16_384, 16_384]);
  });

  it('a load balancer gets no index by which connections of a removed one still count', () => {
    const gateway = new PlannedGateway();
    gateway.apply(guarded({}));
    gateway.apply(tree());
    gateway.kernel.connected.set(16_384, 3).set(0, 3);
    gateway.apply(guarded({}));
    expect(gateway.kernel.budgets.get(service(gateway).account)!.balancer).toBe(16_385);
    expect(gateway.kernel.budgets.get(0)!.balancer).toBe(16_384);
  });

  it('a further VIP that becomes the first one of another load balancer has an account without old connections', () => {
    const gateway = new PlannedGateway();
    const other = '198.18.0.11';
    const additional_vips = [{ ip_address: other, subnet_id: null }];
    const first = loadBalancer('web', VIP, [only]);
    const second = loadBalancer('shop', other, [only]);
    gateway.apply(tree(first, second));
    const begun = gateway.kernel.services.get(`${other}|tcp|80`)!.row.account;
    gateway.kernel.connected.set(begun, 2).set(gateway.kernel.budgets.get(begun)!.balancer, 2);
    gateway.apply(tree({ ...first, additional_vips }));
    const shared = gateway.kernel.services.get(`${other}|tcp|80`)!.row;
    expect(shared.account).toBe(service(gateway).account);
    gateway.apply(tree(second, first));
    const { listener, account } = gateway.kernel.services.get(`${other}|tcp|80`)!.row;
    expect([account, account === begun]).toEqual([listener, false]);
    expect(new Set(balancersIn(gateway)).size).toBe(3);
  });

  it('a changed limit is one write', () => {
    const gateway = new PlannedGateway();
    gateway.apply(guarded({ connection_limit: 5 }));
    const { operations, describe } = gateway.apply(guarded({ connection_limit: 6 }));
    expect(operations).toMatchObject([{ table: 'budgets', action: 'put', index: 0, row: { connections: 6 } }]);
    expect(describe()).toEqual(['~ limits of web/tcp-80 (198.18.0.10:80/tcp): connections 5 -> 6']);
  });

  it('a list is written once for all who use it, replaced by another one, and removed after the last switch', () => {
    const gateway = new PlannedGateway();
    gateway.apply(guarded({ allowed_cidrs: ['198.18.0.0/24'] }, [80, 81]));
    expect([service(gateway).allowed_cidrs, service(gateway, 81).allowed_cidrs]).toEqual([0, 0]);
    const { operations } = gateway.apply(guarded({ allowed_cidrs: ['198.18.1.0/24'] }, [80, 81]));
    expect(operations.map(({ table, ...rest }) => [table, 'action' in rest && rest.action])).toEqual([
      ['access_lists', 'put'],
      ['services', 'put'],
      ['services', 'put'],
      ['access_lists', 'remove'],
    ]);
    expect([service(gateway).allowed_cidrs, [...gateway.kernel.accessLists.keys()]]).toEqual([1, [1]]);
    gateway.apply(guarded({ allowed_cidrs: null }, [80, 81]));
    expect(gateway.kernel.accessLists.size).toBe(0);
  });

  it('a list that stays is not written again, whatever else changes', () => {
    const gateway = new PlannedGateway();
    gateway.apply(guarded({ allowed_cidrs: ['198.18.0.0/24'] }));
    const { operations } = gateway.apply(guarded({ allowed_cidrs: ['198.18.0.0/24'], connection_limit: 3 }));
    expect(operations.map(({ table }) => table)).toEqual(['budgets', 'services']);
  });

  it('says which table is too small', () => {
    const gateway = new PlannedGateway();
    const config = guarded({ allowed_cidrs: ['198.18.0.0/24'] });
    expect(() => gateway.apply(config, {}, { accessLists: 0 })).toThrow('room for 0 access lists');
    expect(() => gateway.apply(config, {}, { balancers: 0 })).toThrow('room for 0 load balancers');
  });
});

/** The load balancer that each listener's budget names. */
function balancersIn({ kernel }: PlannedGateway): number[] {
  return [...kernel.budgets.values()].map(({ balancer }) => balancer).filter((balancer) => balancer > 0);
}
