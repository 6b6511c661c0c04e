/**
 * What a plan looks at: the load balancers that differ, and the rows of those that were there before. All other rows are as they
 * shall be.
 */
import { differenceOf } from '../model/difference.js';
import type { Desired, DesiredBalancer, DesiredGateway } from './desired.js';
import { type Held, listsOf } from './held.js';
import type { ListenerKey } from './tables.js';

export interface Step {
  /** Load balancers as they shall be. */
  balancers: readonly DesiredBalancer[];
  gateway: DesiredGateway;
  /** Whether the gateway's own rows are looked at as well. */
  whole: boolean;
  /** Rows that may have to go, by their keys. */
  services: ReadonlySet<ListenerKey>;
  targets: ReadonlySet<number>;
  addresses: ReadonlySet<string>;
  accessLists: ReadonlySet<number>;
}

/** Everything. */
export function wholeStep({ gateway, balancers }: Desired, { tables }: Held): Step {
  return {
    balancers,
    gateway,
    whole: true,
    services: new Set(tables.services.keys()),
    targets: new Set(tables.targets.keys()),
    addresses: new Set(tables.addresses.keys()),
    accessLists: new Set(tables.accessLists.keys()),
  };
}

/** What differs. @param before what the tables hold, which has the same gateway */
export function stepBetween(before: Desired, { gateway, balancers }: Desired, held: Held): Step {
  const { gone, come } = differenceOf(before.balancers, balancers);
  const services = new Set([...gone, ...come].flatMap((balancer) => [...balancer.services.keys()]));
  return {
    balancers: come,
    gateway,
    whole: false,
    services,
    targets: targetsBehind(services, held),
    addresses: new Set([...gone.flatMap(({ vips }) => vips), ...held.locals].filter((one) => !gateway.locals.has(one))),
    accessLists: listsBehind(services, held),
  };
}

/** Targets in use of these listeners, and all that rest: their sessions may have ended meanwhile. */
function targetsBehind(services: ReadonlySet<ListenerKey>, held: Held): Set<number> {
  const ids = new Set(held.targets.allResting());
  for (const name of services) {
    const listener = held.listenerOf(name);
    for (const id of (listener === undefined ? undefined : held.targets.inUse(listener)?.values()) ?? []) {
      ids.add(id);
    }
  }
  return ids;
}

function listsBehind(services: ReadonlySet<ListenerKey>, { tables }: Held): Set<number> {
  return new Set([...services].flatMap((name) => listsIn(tables.services.get(name)?.row)));
}

function listsIn(row: Parameters<typeof listsOf>[0] | undefined): number[] {
  return row ? listsOf(row) : [];
}
