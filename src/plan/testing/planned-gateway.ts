/**
 * A gateway in memory that plans, for tests: configurations are applied one after the other, and what packets rely on is checked after
 * each write.
 */
import { formatAddress } from '../../model/address.js';
import type { Tree } from '../../model/resources.js';
import type { GatewayFacts } from '../desired.js';
import { planChange } from '../plan.js';
import { CAPACITY, type Capacity } from '../tables.js';
import { FakeKernel } from './fake-kernel.js';
import { facts } from './samples.js';

/** The VIP of the listeners that `target` knows. */
export const VIP = '198.18.0.10';

export class PlannedGateway {
  readonly kernel = new FakeKernel(4096);

  apply(config: Tree, input: Partial<GatewayFacts> = {}, capacity: Partial<Capacity> = {}) {
    const plan = planChange({
      tree: config,
      health: new Map(),
      facts: facts(input),
      current: this.kernel,
      capacity: { ...CAPACITY, wheelTargets: 4096, ...capacity },
    });
    for (const operation of plan.operations) {
      this.kernel.apply(operation);
      this.kernel.check();
    }
    return plan;
  }

  /** Id and row of the target of a member on a listener that has a service. */
  target(address: string, port = 80) {
    const listener = this.kernel.services.get(`${VIP}|tcp|${port}`)!.row.listener;
    const found = [...this.kernel.targets].find(
      ([, row]) => row.listener === listener && row.weight > 0 && formatAddress(row.address) === address,
    );
    return { id: found![0], ...found![1] };
  }

  locals(): string[] {
    return [...this.kernel.locals].sort(([a], [b]) => a - b).map(([, { address }]) => formatAddress(address));
  }
}
