/** The specifications that every gateway begins with (LB-6). Operators may change, disable or delete them like their own. */
import { PROVIDER } from '../model/defaults.js';
import type { Flavor, FlavorProfile, Specification } from '../model/state.js';

type Limits = [connections: number | null, perSecond: number | null, queries: number | null];

/** Ids end in the number given here: they are the same on every gateway and never given again. */
const SPECIFICATIONS: ReadonlyArray<[number: number, name: string, description: string, limits: Limits]> = [
  [1, 'small-1', 'Small I', [5_000, 3_000, 1_000]],
  [2, 'standard-1', 'Standard I', [50_000, 5_000, 5_000]],
  [3, 'standard-2', 'Standard II', [100_000, 10_000, 10_000]],
  [4, 'higher-1', 'Higher I', [200_000, 20_000, 20_000]],
  [5, 'higher-2', 'Higher II', [500_000, 50_000, 30_000]],
  [6, 'super-1', 'Super I', [1_000_000, 100_000, 50_000]],
  [7, 'unlimited', 'Unlimited', [null, null, null]],
];

/** Flavors and their profiles, for the first start. */
export function builtInFlavors(): { flavors: Flavor[]; flavorprofiles: FlavorProfile[] } {
  const flavors: Flavor[] = [];
  const flavorprofiles: FlavorProfile[] = [];
  for (const [number, name, title, limits] of SPECIFICATIONS) {
    const profileId = idOf('511ce002', number);
    flavors.push({
      id: idOf('511ce001', number),
      name,
      description: describe(title, limits),
      enabled: true,
      flavor_profile_id: profileId,
    });
    flavorprofiles.push({
      id: profileId,
      name,
      provider_name: PROVIDER,
      flavor_data: JSON.stringify(toSpecification(limits)),
    });
  }
  return { flavors, flavorprofiles };
}

function toSpecification([connections, connections_per_second, queries_per_second]: Limits): Specification {
  return { connections, connections_per_second, queries_per_second };
}

function describe(title: string, [connections, perSecond, queries]: Limits): string {
  if (connections === null || perSecond === null || queries === null) {
    return `${title}: no limits`;
  }
  const [all, fresh, requests] = [connections, perSecond, queries].map((limit) => limit.toLocaleString('en'));
  return `${title}: ${all} connections, ${fresh} new ones a second, ${requests} queries a second`;
}

function idOf(prefix: string, number: number): string {
  return `${prefix}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}
