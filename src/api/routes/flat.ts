/** Flavors, availability zones and their profiles. Everybody may look at the former; administrators make them. */
import {
  createAvailabilityZone,
  createAvailabilityZoneProfile,
  createFlavor,
  createFlavorProfile,
  deleteAvailabilityZone,
  deleteAvailabilityZoneProfile,
  deleteFlavor,
  deleteFlavorProfile,
  updateAvailabilityZone,
  updateAvailabilityZoneProfile,
  updateFlavor,
  updateFlavorProfile,
} from '../../control/index.js';
import { answers, bodies } from '../../schema/index.js';
import type { Route } from '../http/route.js';
import { availabilityzoneprofileView, availabilityzoneView, flavorprofileView, flavorView } from '../views/flat.js';
import { type Collection, collectionRoutes, type ListLimits } from './collection.js';
import { findFlat } from './scope.js';

const flavors = flat({
  kind: 'flavor',
  noun: 'a flavor',
  tag: 'Flavors',
  path: '/flavors',
  param: 'flavor_id',
  view: flavorView,
  answer: answers.flavor,
  needs: { read: 'read', write: 'admin' },
  items: ({ control }) => [...control.state.flavors.values()],
  find: ({ control }, id) => findFlat(control.state.flavors, 'flavor', id),
  label: ({ id, name }) => ({ id, name }),
  create: { body: bodies.flavor.create, run: (_request, input) => createFlavor(input) },
  update: { body: bodies.flavor.update, run: (_request, id, patch) => updateFlavor(id, patch) },
  delete: { run: (_request, id) => deleteFlavor(id) },
});

const flavorprofiles = flat({
  kind: 'flavorprofile',
  noun: 'a flavor profile',
  tag: 'Flavors',
  path: '/flavorprofiles',
  param: 'flavor_profile_id',
  view: flavorprofileView,
  answer: answers.flavorprofile,
  needs: { read: 'admin', write: 'admin' },
  items: ({ control }) => [...control.state.flavorprofiles.values()],
  find: ({ control }, id) => findFlat(control.state.flavorprofiles, 'flavorprofile', id),
  label: ({ id, name }) => ({ id, name }),
  create: { body: bodies.flavorprofile.create, run: (_request, input) => createFlavorProfile(input) },
  update: { body: bodies.flavorprofile.update, run: (_request, id, patch) => updateFlavorProfile(id, patch) },
  delete: { run: (_request, id) => deleteFlavorProfile(id) },
});

const availabilityzones = flat({
  kind: 'availabilityzone',
  noun: 'an availability zone',
  tag: 'Availability zones',
  path: '/availabilityzones',
  param: 'availability_zone_name',
  view: availabilityzoneView,
  answer: answers.availabilityzone,
  needs: { read: 'read', write: 'admin' },
  items: ({ control }) => [...control.state.availabilityzones.values()],
  find: ({ control }, name) => findFlat(control.state.availabilityzones, 'availabilityzone', name),
  label: ({ name }) => ({ id: name, name }),
  create: { body: bodies.availabilityzone.create, run: (_request, input) => createAvailabilityZone(input) },
  update: {
    body: bodies.availabilityzone.update,
    run: (_request, name, patch) => updateAvailabilityZone(name, patch),
  },
  delete: { run: (_request, name) => deleteAvailabilityZone(name) },
});

const availabilityzoneprofiles = flat({
  kind: 'availabilityzoneprofile',
  noun: 'an availability zone profile',
  tag: 'Availability zones',
  path: '/availabilityzoneprofiles',
  param: 'availability_zone_profile_id',
  view: availabilityzoneprofileView,
  answer: answers.availabilityzoneprofile,
  needs: { read: 'admin', write: 'admin' },
  items: ({ control }) => [...control.state.availabilityzoneprofiles.values()],
  find: ({ control }, id) => findFlat(control.state.availabilityzoneprofiles, 'availabilityzoneprofile', id),
  label: ({ id, name }) => ({ id, name }),
  create: {
    body: bodies.availabilityzoneprofile.create,
    run: (_request, input) => createAvailabilityZoneProfile(input),
  },
  update: {
    body: bodies.availabilityzoneprofile.update,
    run: (_request, id, patch) => updateAvailabilityZoneProfile(id, patch),
  },
  delete: { run: (_request, id) => deleteAvailabilityZoneProfile(id) },
});

/** Lets the compiler find out the types of bodies. */
function flat<Item, Create, Patch>(collection: Collection<Item, Create, Patch>): Collection<Item, Create, Patch> {
  return collection;
}

export function flatRoutes(limits: ListLimits): Route[] {
  return [
    ...collectionRoutes(flavors, limits),
    ...collectionRoutes(flavorprofiles, limits),
    ...collectionRoutes(availabilityzones, limits),
    ...collectionRoutes(availabilityzoneprofiles, limits),
  ];
}
