import { describe, expect, it } from 'vitest';
import type { ListenerSpec, PoolProtocol, Tree } from '../model/resources.js';
import { Held } from './held.js';
import { planChange } from './plan.js';
import { servingMembers } from './serving.js';
import { FakeKernel } from './testing/fake-kernel.js';
import { facts, listener, loadBalancer, member, pool, tree } from './testing/samples.js';

const VIP = '198.18.0.10';

function linesOf(kernel: FakeKernel, config: Tree): string[] {
  const plan = planChange({ tree: config, health: new Map(), facts: facts(), current: kernel });
  const lines = plan.describe();
  for (const operation of plan.operations) {
    kernel.apply(operation);
  }
  return lines;
}

describe('describeOperations', () => {
  it('says what is created, changed and removed', () => {
    const kernel = new FakeKernel(4096);
    const before = pool([member('198.18.2.1'), member('198.18.2.2')]);
    expect(linesOf(kernel, tree(loadBalancer('web', VIP, [before])))).toEqual([
      '+ VIP 198.18.0.10',
      '+ local address 198.18.1.10',
      '+ local address 198.18.1.11',
      '+ interface eth0: MAC 02:00:00:00:00:01',
      '+ member 198.18.2.1:80 of web/tcp-80 (198.18.0.10:80/tcp): weight 1',
      '+ member 198.18.2.2:80 of web/tcp-80 (198.18.0.10:80/tcp): weight 1',
      '+ listener web/tcp-80 (198.18.0.10:80/tcp): round robin, idle timeout 900 s',
    ]);
    const after = pool([member('198.18.2.1', { weight: 2 }), member('198.18.2.2', { weight: 0 })], {
      lb_algorithm: 'LEAST_CONNECTIONS',
    });
    expect(linesOf(kernel, tree(loadBalancer('web', VIP, [after])))).toEqual([
      '~ member 198.18.2.1:80 of web/tcp-80 (198.18.0.10:80/tcp): weight 1 -> 2',
      '~ listener web/tcp-80 (198.18.0.10:80/tcp): algorithm round robin -> least connections, balancing table 2 -> 1 entries',
      '~ member 198.18.2.2:80 of web/tcp-80 (198.18.0.10:80/tcp): state usable -> drained or not checked yet',
    ]);
    expect(linesOf(kernel, tree())).toEqual([
      '- listener 198.18.0.10:80/tcp',
      '- member 198.18.2.1:80 of 198.18.0.10:80/tcp',
      '- member 198.18.2.2:80 of 198.18.0.10:80/tcp',
      '- VIP 198.18.0.10',
    ]);
  });

  it('says who gets in and how much they may use', () => {
    const kernel = new FakeKernel(4096);
    const only = pool([]);
    const step = (fields: Partial<ListenerSpec>) =>
      linesOf(kernel, tree(loadBalancer('web', VIP, [only], { listeners: [listener('TCP', 80, only, fields)] })));
    expect(step({ allowed_cidrs: ['198.18.0.0/24'], connection_limit: 5 }).slice(-2)).toEqual([
      '~ limits of web/tcp-80 (198.18.0.10:80/tcp): connections none -> 5',
      '+ listener web/tcp-80 (198.18.0.10:80/tcp): round robin, idle timeout 900 s, clients: on allowed_cidrs',
    ]);
    expect(step({ allowed_cidrs: ['198.18.0.0/25'], bandwidth_limit: 3, session_rate_limit: 9 })).toEqual([
      '~ limits of web/tcp-80 (198.18.0.10:80/tcp): connections 5 -> none, new connections per second none -> 9, bandwidth (Mbit/s) none -> 3',
      '~ listener web/tcp-80 (198.18.0.10:80/tcp): other allowed_cidrs',
    ]);
    expect(step({ allowed_cidrs: ['198.18.0.0/25'] })).toEqual([
      '~ limits of web/tcp-80 (198.18.0.10:80/tcp): new connections per second 9 -> none, bandwidth (Mbit/s) 3 -> none',
    ]);
    expect(step({})).toEqual(['~ listener web/tcp-80 (198.18.0.10:80/tcp): clients on allowed_cidrs -> everybody']);
  });

  it('says who serves a listener, and when that changes', () => {
    const kernel = new FakeKernel(4096);
    const step = (protocol: PoolProtocol) =>
      linesOf(kernel, tree(loadBalancer('web', VIP, [pool([member('198.18.2.1')], { protocol })])));
    expect(step('PROXY').slice(-1)).toEqual(['+ listener web/tcp-80 (198.18.0.10:80/tcp): served by the proxy']);
    expect(step('TCP')).toEqual([
      '+ member 198.18.2.1:80 of web/tcp-80 (198.18.0.10:80/tcp): weight 1',
      '~ listener web/tcp-80 (198.18.0.10:80/tcp): round robin, idle timeout 900 s',
    ]);
    expect(step('PROXY')).toEqual([
      '~ listener web/tcp-80 (198.18.0.10:80/tcp): served by the proxy',
      '- member 198.18.2.1:80 of web/tcp-80 (198.18.0.10:80/tcp)',
    ]);
  });

  it('has nothing to say when nothing changes', () => {
    const kernel = new FakeKernel(4096);
    const config = tree(loadBalancer('web', VIP, [pool([member('198.18.2.1')])]));
    linesOf(kernel, config);
    expect(linesOf(kernel, config)).toEqual([]);
  });
});

describe('servingMembers', () => {
  it('names the members that a running gateway sends new sessions to', () => {
    const kernel = new FakeKernel(4096);
    const config = tree(loadBalancer('web', VIP, [pool([member('198.18.2.1'), member('198.18.2.2', { weight: 0 })])]));
    expect(servingMembers(config.loadbalancers, new Held(kernel)).size).toBe(0);
    linesOf(kernel, config);
    const serving = servingMembers(config.loadbalancers, new Held(kernel));
    const members = config.loadbalancers[0]!.pools[0]!.members;
    expect(members.map(({ id }) => serving.has(id))).toEqual([true, false]);
  });

  it('knows nothing of members behind the proxy', () => {
    const kernel = new FakeKernel(4096);
    const config = tree(loadBalancer('web', VIP, [pool([member('198.18.2.1')], { protocol: 'PROXY' })]));
    linesOf(kernel, config);
    expect(servingMembers(config.loadbalancers, new Held(kernel)).size).toBe(0);
  });
});
