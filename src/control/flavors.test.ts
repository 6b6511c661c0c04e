import { beforeEach, describe, expect, it } from 'vitest';
import type { Flavor } from '../model/state.js';
import { bodies } from '../schema/index.js';
import {
  builtInFlavors,
  createAvailabilityZone,
  createAvailabilityZoneProfile,
  createFlavor,
  createFlavorProfile,
  deleteAvailabilityZone,
  deleteAvailabilityZoneProfile,
  deleteFlavor,
  deleteFlavorProfile,
  deleteLoadBalancer,
  readSpecification,
  specificationOf,
  updateAvailabilityZone,
  updateAvailabilityZoneProfile,
  updateFlavor,
  updateFlavorProfile,
  updateLoadBalancer,
} from './index.js';
import { NOBODY, World } from './testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

const profileBody = { name: 'p', provider_name: 'sluice', flavor_data: '{"connections": 10}' };

function flavor(name = 'small', body: Record<string, unknown> = {}): Flavor {
  const { id } = world.run(createFlavorProfile(bodies.flavorprofile.create.read(profileBody)));
  return world.run(createFlavor(bodies.flavor.create.read({ name, flavor_profile_id: id, ...body })));
}

const inUse = (sentence: RegExp) =>
  expect.objectContaining({ code: 'conflict', message: expect.stringMatching(sentence) });

describe('a flavor', () => {
  it('bounds the load balancers that have it', () => {
    const { id } = flavor();
    const { flavor_id } = world.loadbalancer({ flavor_id: id });
    const limits = { connections: 10, connections_per_second: null, queries_per_second: null };
    expect(specificationOf(world.state, flavor_id)).toEqual(limits);
    expect(specificationOf(world.state, null)).toBeUndefined();
  });

  it('can be changed for another one, not for one that is disabled or does not exist', () => {
    const [small, large, old] = [flavor(), flavor('large'), flavor('old', { enabled: false })];
    const { id } = world.loadbalancer({ flavor_id: small.id });
    expect(world.run(updateLoadBalancer(id, { flavor_id: large.id })).flavor_id).toBe(large.id);
    expect(() => world.run(updateLoadBalancer(id, { flavor_id: old.id }))).toThrow(
      `The selected flavor is not allowed in this deployment: ${old.id}`,
    );
    expect(() => world.run(updateLoadBalancer(id, { flavor_id: NOBODY }))).toThrow(/Invalid flavor_id\./);
  });

  it('that is disabled later does not stand in the way of other changes', () => {
    const { id: flavorId } = flavor();
    const { id } = world.loadbalancer({ flavor_id: flavorId });
    world.run(updateFlavor(flavorId, { enabled: false }));
    expect(world.run(updateLoadBalancer(id, { name: 'web' })).name).toBe('web');
  });

  it('has a name of its own and an existing profile', () => {
    const { id, flavor_profile_id } = flavor();
    expect(() => flavor()).toThrow(inUse(/^A flavor of small already exists\./));
    expect(() => world.run(updateFlavor(flavor('large').id, { name: 'small' }))).toThrow(/already exists/);
    expect(world.run(updateFlavor(id, { name: 'small', description: 'x' }))).toMatchObject({ id, flavor_profile_id });
    const body = { name: 'x', flavor_profile_id: NOBODY };
    expect(() => world.run(createFlavor(bodies.flavor.create.read(body)))).toThrow(/Invalid flavor_profile_id/);
  });

  it('is deleted once nothing has it', () => {
    const { id, flavor_profile_id } = flavor();
    const loadbalancer = world.loadbalancer({ flavor_id: id });
    expect(() => world.run(deleteFlavor(id))).toThrow(
      inUse(/^Flavor .* is in use and cannot be modified\. 1 load balancer /),
    );
    expect(() => world.run(deleteFlavorProfile(flavor_profile_id))).toThrow(inUse(/^Flavor Profile .* is in use/));
    world.run(deleteLoadBalancer(loadbalancer.id));
    world.run(deleteFlavor(id));
    world.run(deleteFlavorProfile(flavor_profile_id));
    expect([world.state.flavors.size, world.state.flavorprofiles.size]).toEqual([0, 0]);
    expect(() => world.run(deleteFlavor(id))).toThrow(`Flavor ${id} not found.`);
  });
});

describe('a flavor profile', () => {
  it('keeps its data while flavors are made of it; its name may change', () => {
    const { flavor_profile_id } = flavor();
    expect(() => world.run(updateFlavorProfile(flavor_profile_id, { flavor_data: '{}' }))).toThrow(inUse(/is in use/));
    expect(world.run(updateFlavorProfile(flavor_profile_id, { name: 'q' })).name).toBe('q');
  });

  const data: Array<[text: string, accepted: boolean]> = [
    ['{}', true],
    ['{"connections": null, "queries_per_second": 5}', true],
    ['{"connections": 0}', false],
    ['{"connections": 1.5}', false],
    ['{"loadbalancer_topology": "SINGLE"}', false],
    ['[]', false],
    ['connections', false],
  ];
  it.each(data)('with data %s: %s', (flavor_data, accepted) => {
    const create = () => world.run(createFlavorProfile({ ...profileBody, flavor_data })).flavor_data;
    if (accepted) {
      expect(create()).toBe(flavor_data);
    } else {
      expect(create).toThrow(expect.objectContaining({ status: 400 }));
    }
  });

  it('is of a provider there is', () => {
    expect(() => world.run(createFlavorProfile({ ...profileBody, provider_name: 'ovn' }))).toThrow(
      /^Provider 'ovn' is not/,
    );
  });
});

describe('the built-in flavors', () => {
  const { flavors, flavorprofiles } = builtInFlavors();

  it('are the specifications of the catalogue, in order', () => {
    const limits = flavorprofiles.map(({ flavor_data }) => Object.values(readSpecification(flavor_data)));
    expect(limits).toEqual([
      [5_000, 3_000, 1_000],
      [50_000, 5_000, 5_000],
      [100_000, 10_000, 10_000],
      [200_000, 20_000, 20_000],
      [500_000, 50_000, 30_000],
      [1_000_000, 100_000, 50_000],
      [null, null, null],
    ]);
    expect(flavors.map(({ flavor_profile_id }) => flavor_profile_id)).toEqual(flavorprofiles.map(({ id }) => id));
  });

  it('have ids that clients can send, the same at every start', () => {
    expect(new Set([...flavors, ...flavorprofiles].map(({ id }) => id)).size).toBe(14);
    for (const { id } of flavors) {
      expect(bodies.loadbalancer.create.read({ vip_address: '198.18.0.9', flavor_id: id }).flavor_id).toBe(id);
    }
    expect(builtInFlavors()).toEqual({ flavors, flavorprofiles });
  });
});

describe('an availability zone', () => {
  function zone(name = 'rack1') {
    const body = { name: 'p', provider_name: 'sluice', availability_zone_data: '{"compute_zone": "rack1"}' };
    const { id } = world.run(createAvailabilityZoneProfile(bodies.availabilityzoneprofile.create.read(body)));
    const written = bodies.availabilityzone.create.read({ name, availability_zone_profile_id: id });
    return world.run(createAvailabilityZone(written));
  }

  it('has a name of its own and an existing profile', () => {
    zone();
    expect(() => zone()).toThrow(inUse(/already exists/));
    const body = { name: 'rack2', availability_zone_profile_id: NOBODY };
    expect(() => world.run(createAvailabilityZone(bodies.availabilityzone.create.read(body)))).toThrow(/Invalid avail/);
  });

  it('takes no load balancers while it is disabled', () => {
    zone();
    world.run(updateAvailabilityZone('rack1', { enabled: false }));
    expect(() => world.loadbalancer({ availability_zone: 'rack1' })).toThrow(
      /The selected availability zone is not allowed/,
    );
  });

  it('is deleted once nothing is in it, and its profile after it', () => {
    const { availability_zone_profile_id: profile } = zone();
    const { id } = world.loadbalancer({ availability_zone: 'rack1' });
    expect(() => world.run(deleteAvailabilityZone('rack1'))).toThrow(inUse(/^Availability Zone rack1 is in use/));
    expect(() => world.run(deleteAvailabilityZoneProfile(profile))).toThrow(inUse(/is in use/));
    const patch = { availability_zone_data: '{}' };
    expect(() => world.run(updateAvailabilityZoneProfile(profile, patch))).toThrow(inUse(/is in use/));
    world.run(deleteLoadBalancer(id));
    world.run(deleteAvailabilityZone('rack1'));
    expect(world.run(updateAvailabilityZoneProfile(profile, patch)).availability_zone_data).toBe('{}');
    world.run(deleteAvailabilityZoneProfile(profile));
    expect(world.state.availabilityzoneprofiles.size).toBe(0);
  });
});
