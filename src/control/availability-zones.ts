/** Operations on availability zones and their profiles. They name where things are; one gateway treats all alike. */
import type { AvailabilityZone, AvailabilityZoneProfile, State } from '../model/state.js';
import type {
  AvailabilityZoneCreate,
  AvailabilityZonePatch,
  AvailabilityZoneProfileCreate,
  AvailabilityZoneProfilePatch,
} from '../schema/collections.js';
import { changedFields, withEntry } from './edit.js';
import { requireFormat, requireIn } from './flavors.js';
import type { Operation } from './operation.js';
import { requireProvider } from './references.js';
import { count, inUse, invalid, nameTaken } from './refusals.js';

export function createAvailabilityZone(zone: AvailabilityZoneCreate): Operation<AvailabilityZone> {
  return ({ state }) => {
    if (!state.availabilityzoneprofiles.has(zone.availability_zone_profile_id)) {
      const id = zone.availability_zone_profile_id;
      throw invalid(
        `Invalid availability_zone_profile_id. There is no availability zone profile ${id}; create it first`,
      );
    }
    if (state.availabilityzones.has(zone.name)) {
      throw nameTaken('availability_zone', zone.name);
    }
    return { state: withZone(state, zone.name, zone), result: zone };
  };
}

/** Name and profile stay: load balancers refer to the name. */
export function updateAvailabilityZone(name: string, patch: AvailabilityZonePatch): Operation<AvailabilityZone> {
  return ({ state }) => {
    const zone = requireIn(state.availabilityzones, 'availabilityzone', name);
    const changed = changedFields(zone, patch);
    const result = changed ? { ...zone, ...changed } : zone;
    return { state: changed ? withZone(state, name, result) : state, result };
  };
}

/** @throws SluiceError `conflict` while load balancers are in it */
export function deleteAvailabilityZone(name: string): Operation<void> {
  return ({ state }) => {
    requireIn(state.availabilityzones, 'availabilityzone', name);
    const users = state.loadbalancers.filter(({ availability_zone }) => availability_zone === name).length;
    if (users > 0) {
      throw inUse('availabilityzone', name, `${count(users, 'load balancer')} in it; delete them first`);
    }
    return { state: withZone(state, name, undefined), result: undefined };
  };
}

export function createAvailabilityZoneProfile(
  input: AvailabilityZoneProfileCreate,
): Operation<AvailabilityZoneProfile> {
  return ({ state, newId }) => {
    checkProfile(input);
    const profile: AvailabilityZoneProfile = { ...input, id: newId() };
    return { state: withProfile(state, profile.id, profile), result: profile };
  };
}

/** @throws SluiceError `conflict` for new data of a profile that availability zones are made of */
export function updateAvailabilityZoneProfile(
  id: string,
  patch: AvailabilityZoneProfilePatch,
): Operation<AvailabilityZoneProfile> {
  return ({ state }) => {
    const profile = requireIn(state.availabilityzoneprofiles, 'availabilityzoneprofile', id);
    const changed = changedFields(profile, patch);
    if (!changed) {
      return { state, result: profile };
    }
    const users = zonesOf(state, id);
    if (users > 0 && (changed.availability_zone_data !== undefined || changed.provider_name !== undefined)) {
      throw inUse('availabilityzoneprofile', id, `${count(users, 'availability zone')} made of it; create another`);
    }
    const result = { ...profile, ...changed };
    checkProfile(result);
    return { state: withProfile(state, id, result), result };
  };
}

/** @throws SluiceError `conflict` while availability zones are made of it */
export function deleteAvailabilityZoneProfile(id: string): Operation<void> {
  return ({ state }) => {
    requireIn(state.availabilityzoneprofiles, 'availabilityzoneprofile', id);
    const users = zonesOf(state, id);
    if (users > 0) {
      throw inUse('availabilityzoneprofile', id, `${count(users, 'availability zone')} made of it; delete them first`);
    }
    return { state: withProfile(state, id, undefined), result: undefined };
  };
}

function checkProfile({ provider_name, availability_zone_data }: AvailabilityZoneProfileCreate): void {
  requireProvider(provider_name);
  requireFormat('json-object', 'availability_zone_data', availability_zone_data);
}

function zonesOf(state: State, profileId: string): number {
  return [...state.availabilityzones.values()].filter((zone) => zone.availability_zone_profile_id === profileId).length;
}

function withZone(state: State, name: string, zone: AvailabilityZone | undefined): State {
  return { ...state, availabilityzones: withEntry(state.availabilityzones, name, zone) };
}

function withProfile(state: State, id: string, profile: AvailabilityZoneProfile | undefined): State {
  return { ...state, availabilityzoneprofiles: withEntry(state.availabilityzoneprofiles, id, profile) };
}
