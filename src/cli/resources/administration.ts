/** What administrators set up: quotas, flavors, availability zones; and what the host file brings: providers, subnets. */
import { PROVIDER } from '../../model/defaults.js';
import { QUOTA_RESOURCES } from '../../model/state.js';
import { DESCRIPTION, ENABLED, type Field, type Json, NAME, type ResourceType, VERBS } from './resource.js';
import { readData } from './values.js';

const REQUIRED_NAME: Field = { ...NAME, create: 'required' };
const PROVIDER_NAME: Field = {
  name: 'provider_name',
  flag: 'provider',
  kind: 'text',
  fallback: PROVIDER,
  unset: false,
  help: `${PROVIDER} unless said`,
};

/** A limit as tables show it. */
function limit(name: string): (quota: Json) => unknown {
  return (quota) => (quota[name] === -1 || quota[name] === null ? 'unlimited' : quota[name]);
}

export const QUOTA: ResourceType = {
  name: 'quota',
  aliases: ['quotas'],
  noun: 'quota',
  nouns: 'quotas',
  about: 'How much a project may have, called by its project. Without a name, show tells the defaults.',
  path: '/v2.0/lbaas/quotas',
  one: 'quota',
  many: 'quotas',
  key: 'project_id',
  naming: 'name',
  calledBy: 'project',
  whole: 'defaults',
  verbs: ['get', 'show', 'set', 'unset', 'delete'],
  columns: ['project', ...QUOTA_RESOURCES],
  special: [
    { name: 'project', value: ({ project_id }) => project_id, refers: 'project' },
    ...QUOTA_RESOURCES.map((name) => ({ name, value: limit(name), right: true })),
  ],
  fields: QUOTA_RESOURCES.map((name) => ({
    name,
    kind: 'integer',
    placeholder: 'number',
    help: `how many of this kind; -1: no limit`,
  })),
  examples: {
    get: [{ command: 'sluice get quotas', note: 'of projects that differ from the defaults' }],
    show: [{ command: 'sluice show quota web-team' }, { command: 'sluice show quota', note: 'the defaults' }],
    set: [{ command: 'sluice set quota web-team --loadbalancer 100 --listener -1' }],
    unset: [{ command: 'sluice unset quota web-team --listener', note: 'back to the default' }],
    delete: [{ command: 'sluice delete quota web-team', note: 'all back to the defaults' }],
  },
};

export const FLAVORPROFILE: ResourceType = {
  name: 'flavorprofile',
  aliases: ['flavorprofiles'],
  noun: 'flavor profile',
  nouns: 'flavor profiles',
  about: 'The figures behind flavors.',
  path: '/v2.0/lbaas/flavorprofiles',
  one: 'flavorprofile',
  many: 'flavorprofiles',
  naming: 'name',
  verbs: ['get', 'show', 'create', 'set', 'delete'],
  columns: ['name', 'provider_name', 'flavor_data', 'id'],
  special: [{ name: 'flavor_data', title: 'FIGURES' }],
  fields: [
    REQUIRED_NAME,
    PROVIDER_NAME,
    {
      name: 'flavor_data',
      short: 'data',
      kind: 'text',
      placeholder: 'key=value,…',
      create: 'required',
      read: readData,
      help: 'connections, connections_per_second, queries_per_second; or JSON',
    },
  ],
  examples: {
    get: [{ command: 'sluice get flavorprofiles' }],
    show: [{ command: 'sluice show flavorprofile standard-1' }],
    create: [{ command: 'sluice create flavorprofile tiny --data connections=1000,connections_per_second=100' }],
    set: [{ command: 'sluice set flavorprofile tiny --data connections=2000' }],
    delete: [{ command: 'sluice delete flavorprofile tiny' }],
  },
};

export const FLAVOR: ResourceType = {
  name: 'flavor',
  aliases: ['flavors'],
  noun: 'flavor',
  nouns: 'flavors',
  about: 'A specification that load balancers are ordered with.',
  path: '/v2.0/lbaas/flavors',
  one: 'flavor',
  many: 'flavors',
  naming: 'name',
  verbs: VERBS,
  columns: ['name', 'description', 'profile', 'enabled', 'id'],
  special: [{ name: 'profile', value: ({ flavor_profile_id }) => flavor_profile_id, refers: 'flavorprofile' }],
  fields: [
    REQUIRED_NAME,
    DESCRIPTION,
    {
      name: 'flavor_profile_id',
      flag: 'flavor-profile',
      short: 'profile',
      kind: 'text',
      refers: 'flavorprofile',
      create: 'required',
      set: false,
      help: 'its figures',
    },
    ENABLED,
  ],
  examples: {
    get: [{ command: 'sluice get flavors' }],
    show: [{ command: 'sluice show flavor standard-1' }],
    create: [{ command: 'sluice create flavor tiny --profile tiny --description "for tests"' }],
    set: [{ command: 'sluice set flavor tiny --disable', note: 'no new load balancers with it' }],
    unset: [{ command: 'sluice unset flavor tiny --description' }],
    delete: [{ command: 'sluice delete flavor tiny' }],
  },
};

export const AVAILABILITYZONEPROFILE: ResourceType = {
  name: 'availabilityzoneprofile',
  aliases: ['azp', 'azprofile', 'availabilityzoneprofiles'],
  noun: 'availability zone profile',
  nouns: 'availability zone profiles',
  about: 'What is behind availability zones.',
  path: '/v2.0/lbaas/availabilityzoneprofiles',
  one: 'availability_zone_profile',
  many: 'availability_zone_profiles',
  naming: 'name',
  verbs: ['get', 'show', 'create', 'set', 'delete'],
  columns: ['name', 'provider_name', 'availability_zone_data', 'id'],
  special: [{ name: 'availability_zone_data', title: 'DATA' }],
  fields: [
    REQUIRED_NAME,
    PROVIDER_NAME,
    {
      name: 'availability_zone_data',
      short: 'data',
      kind: 'text',
      placeholder: 'key=value,…',
      create: 'required',
      read: readData,
      help: 'what the provider knows; or JSON',
    },
  ],
  examples: {
    get: [{ command: 'sluice get azp' }],
    show: [{ command: 'sluice show azp east' }],
    create: [{ command: 'sluice create azp east --data compute_zone=east' }],
    set: [{ command: 'sluice set azp east --name east-1' }],
    delete: [{ command: 'sluice delete azp east' }],
  },
};

export const AVAILABILITYZONE: ResourceType = {
  name: 'availabilityzone',
  aliases: ['az', 'availabilityzones', 'azs'],
  noun: 'availability zone',
  nouns: 'availability zones',
  about: 'A place that load balancers are ordered in.',
  path: '/v2.0/lbaas/availabilityzones',
  one: 'availability_zone',
  many: 'availability_zones',
  key: 'name',
  naming: 'name',
  verbs: VERBS,
  columns: ['name', 'description', 'profile', 'enabled'],
  special: [
    {
      name: 'profile',
      value: ({ availability_zone_profile_id }) => availability_zone_profile_id,
      refers: 'availabilityzoneprofile',
    },
  ],
  fields: [
    { ...REQUIRED_NAME, set: false },
    DESCRIPTION,
    {
      name: 'availability_zone_profile_id',
      flag: 'availability-zone-profile',
      short: 'profile',
      kind: 'text',
      refers: 'availabilityzoneprofile',
      create: 'required',
      set: false,
      help: 'what is behind it',
    },
    ENABLED,
  ],
  examples: {
    get: [{ command: 'sluice get az' }],
    show: [{ command: 'sluice show az east' }],
    create: [{ command: 'sluice create az east --profile east' }],
    set: [{ command: 'sluice set az east --disable' }],
    unset: [{ command: 'sluice unset az east --description' }],
    delete: [{ command: 'sluice delete az east' }],
  },
};

export const PROVIDER_TYPE: ResourceType = {
  name: 'provider',
  aliases: ['providers'],
  noun: 'provider',
  nouns: 'providers',
  about: 'What carries load balancers.',
  path: '/v2.0/lbaas/providers',
  one: 'provider',
  many: 'providers',
  key: 'name',
  naming: 'name',
  verbs: ['get'],
  columns: ['name', 'description'],
  fields: [],
  examples: { get: [{ command: 'sluice get providers' }] },
};

export const SUBNET: ResourceType = {
  name: 'subnet',
  aliases: ['subnets'],
  noun: 'subnet',
  nouns: 'subnets',
  about: 'A subnet of the host file that VIPs are allocated from.',
  path: '/v2.0/subnets',
  one: 'subnet',
  many: 'subnets',
  naming: 'name',
  verbs: ['get', 'show'],
  columns: ['name', 'cidr', 'gateway_ip', 'id'],
  special: [{ name: 'gateway_ip', title: 'GATEWAY' }],
  fields: [],
  examples: { get: [{ command: 'sluice get subnets' }], show: [{ command: 'sluice show subnet public' }] },
};
