import { describe, expect, it } from 'vitest';
import { MemoryDatapath } from '../../test/support/memory-datapath.js';
import { HealthScheduler } from '../health/scheduler.js';
import type { State } from '../model/state.js';
import { loadBalancer, member, pool, tree } from '../plan/testing/samples.js';
import { emptyState } from '../store/rows.js';
import type { Store } from '../store/store.js';
import { ChangeRoad } from './change.js';

const VIP = '198.18.0.10';
const LISTENER = `${VIP}|tcp|80`;

/** Does something else before each step that takes its time. */
class Scene {
  meanwhile: () => void = () => undefined;
  reads = 0;
  readonly datapath = new (class extends MemoryDatapath {
    constructor(private readonly scene: Scene) {
      super();
    }

    override async read() {
      this.scene.reads += 1;
      return await super.read();
    }

    override async apply(...words: Parameters<MemoryDatapath['apply']>) {
      this.scene.meanwhile();
      await super.apply(...words);
    }
  })(this);
  readonly road = new ChangeRoad({
    datapath: this.datapath,
    proxy: { plan: () => undefined, apply: async () => undefined, serving: () => new Set() },
    scheduler: new HealthScheduler(
      () => Promise.reject(new Error('nobody is checked')),
      () => undefined,
    ),
    gateway: {
      name: 'gw1',
      interfaces: ['eth0'],
      local_addresses: ['198.18.1.10'],
      state_dir: '/nowhere',
      sessions: 1000,
      dataplane: 'xdp',
    },
    store: { commit: async () => this.meanwhile() } as unknown as Store,
  });
}

function state(...addresses: string[]): State {
  const { loadbalancers } = tree(loadBalancer('web', VIP, [pool(addresses.map((address) => member(address)))]));
  return { ...emptyState(), loadbalancers };
}

describe('ChangeRoad', () => {
  it('a look at the host that is asked for while a change is on its way is had by the next one', async () => {
    const scene = new Scene();
    await scene.road.begin(state('198.18.2.1'), emptyState());
    scene.meanwhile = () => scene.road.forget();
    await scene.road.change(state('198.18.2.1', '198.18.2.2'));
    expect(scene.datapath.usable(LISTENER)).toEqual(['198.18.2.1:80', '198.18.2.2:80']);
    expect(scene.reads).toBe(1);
    scene.meanwhile = () => undefined;
    const { describe: changes } = await scene.road.refresh();
    expect([changes(), scene.reads]).toEqual([[], 2]);
  });

  it('reads the tables again when the kernel has refused a write', async () => {
    const scene = new Scene();
    await scene.road.begin(state('198.18.2.1'), emptyState());
    scene.datapath.failAfter = 1;
    await expect(scene.road.change(state('198.18.2.2'))).rejects.toMatchObject({ code: 'dataplane_failed' });
    expect(scene.road.failure).toBeDefined();
    await scene.road.refresh();
    expect([scene.datapath.usable(LISTENER), scene.reads, scene.road.failure]).toEqual([
      ['198.18.2.1:80'],
      2,
      undefined,
    ]);
  });
});
