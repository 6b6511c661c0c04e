/** Operations on flavors and their profiles: what a load balancer is guaranteed and bound to (LB-6). */
import type { Flavor, FlavorProfile, Specification, State } from '../model/state.js';
import type { FlavorCreate, FlavorPatch, FlavorProfileCreate, FlavorProfilePatch } from '../schema/collections.js';
import { type FormatName, formatOf } from '../schema/formats.js';
import { changedFields, withEntry } from './edit.js';
import type { Operation } from './operation.js';
import { requireProvider } from './references.js';
import { count, inUse, invalid, nameTaken, notFound } from './refusals.js';

export function createFlavor(input: FlavorCreate): Operation<Flavor> {
  return ({ state, newId }) => {
    requireProfile(state, input.flavor_profile_id);
    refuseName(state, input.name);
    const flavor: Flavor = { ...input, id: newId() };
    return { state: withFlavor(state, flavor.id, flavor), result: flavor };
  };
}

/** The profile stays what it is: load balancers would change their guarantees unasked. */
export function updateFlavor(id: string, patch: FlavorPatch): Operation<Flavor> {
  return ({ state }) => {
    const flavor = requireIn(state.flavors, 'flavor', id);
    const changed = changedFields(flavor, patch);
    if (!changed) {
      return { state, result: flavor };
    }
    if (changed.name !== undefined) {
      refuseName(state, changed.name);
    }
    const result = { ...flavor, ...changed };
    return { state: withFlavor(state, id, result), result };
  };
}

/** @throws SluiceError `conflict` while load balancers have it */
export function deleteFlavor(id: string): Operation<void> {
  return ({ state }) => {
    requireIn(state.flavors, 'flavor', id);
    const users = state.loadbalancers.filter(({ flavor_id }) => flavor_id === id).length;
    if (users > 0) {
      throw inUse('flavor', id, `${count(users, 'load balancer')} of this flavor; give them another first`);
    }
    return { state: withFlavor(state, id, undefined), result: undefined };
  };
}

export function createFlavorProfile(input: FlavorProfileCreate): Operation<FlavorProfile> {
  return ({ state, newId }) => {
    requireProvider(input.provider_name);
    readSpecification(input.flavor_data);
    const profile: FlavorProfile = { ...input, id: newId() };
    return { state: withProfile(state, profile.id, profile), result: profile };
  };
}

/** @throws SluiceError `conflict` for new data of a profile that flavors are made of */
export function updateFlavorProfile(id: string, patch: FlavorProfilePatch): Operation<FlavorProfile> {
  return ({ state }) => {
    const profile = requireIn(state.flavorprofiles, 'flavorprofile', id);
    const changed = changedFields(profile, patch);
    if (!changed) {
      return { state, result: profile };
    }
    const users = flavorsOf(state, id);
    if (users > 0 && (changed.flavor_data !== undefined || changed.provider_name !== undefined)) {
      throw inUse('flavorprofile', id, `${count(users, 'flavor')} made of it; create another profile and flavor`);
    }
    const result = { ...profile, ...changed };
    requireProvider(result.provider_name);
    readSpecification(result.flavor_data);
    return { state: withProfile(state, id, result), result };
  };
}

/** @throws SluiceError `conflict` while flavors are made of it */
export function deleteFlavorProfile(id: string): Operation<void> {
  return ({ state }) => {
    requireIn(state.flavorprofiles, 'flavorprofile', id);
    const users = flavorsOf(state, id);
    if (users > 0) {
      throw inUse('flavorprofile', id, `${count(users, 'flavor')} made of it; delete them first`);
    }
    return { state: withProfile(state, id, undefined), result: undefined };
  };
}

/** What the text of `flavor_data` bounds; what it leaves out is not bound. @throws SluiceError `invalid_configuration` */
export function readSpecification(flavorData: string): Specification {
  const unbound: Specification = { connections: null, connections_per_second: null, queries_per_second: null };
  return {
    ...unbound,
    ...(JSON.parse(requireFormat('flavor-data', 'flavor_data', flavorData)) as Partial<Specification>),
  };
}

/** What a load balancer is bound to by its flavor; undefined: nothing. */
export function specificationOf(
  { flavors, flavorprofiles }: Pick<State, 'flavors' | 'flavorprofiles'>,
  flavorId: string | null,
): Specification | undefined {
  const profile = flavorprofiles.get(flavors.get(flavorId ?? '')?.flavor_profile_id ?? '');
  return profile && readSpecification(profile.flavor_data);
}

/** @throws SluiceError `not_found` */
export function requireIn<T>(map: ReadonlyMap<string, T>, kind: Parameters<typeof notFound>[0], id: string): T {
  const object = map.get(id);
  if (!object) {
    throw notFound(kind, id);
  }
  return object;
}

/** A field's text in canonical form. @throws SluiceError `invalid_configuration` when it is not of the format */
export function requireFormat(format: FormatName, field: string, text: string): string {
  const { read, instead } = formatOf(format);
  const canonical = read(text);
  if (canonical === undefined) {
    throw invalid(`${field}: ${text} is not accepted; ${instead}`);
  }
  return canonical;
}

function requireProfile(state: State, id: string): void {
  if (!state.flavorprofiles.has(id)) {
    throw invalid(`Invalid flavor_profile_id. There is no flavor profile ${id}; create it first`);
  }
}

function refuseName(state: State, name: string): void {
  for (const flavor of state.flavors.values()) {
    if (flavor.name === name) {
      throw nameTaken('flavor', name);
    }
  }
}

function flavorsOf(state: State, profileId: string): number {
  return [...state.flavors.values()].filter(({ flavor_profile_id }) => flavor_profile_id === profileId).length;
}

function withFlavor(state: State, id: string, flavor: Flavor | undefined): State {
  return { ...state, flavors: withEntry(state.flavors, id, flavor) };
}

function withProfile(state: State, id: string, profile: FlavorProfile | undefined): State {
  return { ...state, flavorprofiles: withEntry(state.flavorprofiles, id, profile) };
}
