/** Load balancers. */
import { MANAGERS } from '../../model/resources.js';
import { ADMIN_STATE, DESCRIPTION, type Json, NAME, PROJECT, type ResourceType, TAGS, VERBS } from './resource.js';
import { readAdditionalVips } from './values.js';

/** Ids in an attribute that lists objects: `[{ "id": … }]`. */
export function idsIn(attribute: string): (object: Json) => string[] {
  return (object) => {
    const listed = object[attribute];
    return Array.isArray(listed) ? listed.map(({ id }: { id: string }) => id) : [];
  };
}

export const LOADBALANCER: ResourceType = {
  name: 'loadbalancer',
  aliases: ['lb', 'loadbalancers', 'lbs'],
  noun: 'load balancer',
  nouns: 'load balancers',
  about: 'A virtual address (VIP) with its listeners and pools.',
  path: '/v2.0/lbaas/loadbalancers',
  one: 'loadbalancer',
  many: 'loadbalancers',
  naming: 'name',
  verbs: VERBS,
  stateful: true,
  owned: true,
  cascade: true,
  columns: ['name', 'vip_address', 'provisioning_status', 'operating_status', 'listeners', 'managed_by', 'id'],
  special: [
    { name: 'vip_address', title: 'VIP' },
    { name: 'provisioning_status', title: 'PROVISIONING', status: true },
    { name: 'operating_status', title: 'OPERATING', status: true },
    { name: 'listeners', value: (object) => idsIn('listeners')(object).length, right: true },
    { name: 'pools', value: (object) => idsIn('pools')(object).length, right: true },
  ],
  fields: [
    NAME,
    DESCRIPTION,
    {
      name: 'vip_address',
      short: 'vip',
      kind: 'text',
      placeholder: 'address',
      set: false,
      filter: true,
      help: 'address that clients use',
    },
    {
      name: 'vip_subnet_id',
      short: 'subnet',
      kind: 'text',
      refers: 'subnet',
      set: false,
      filter: true,
      help: 'subnet of the host file that the VIP is in, and is allocated from when no address is given',
    },
    {
      name: 'vip_network_id',
      kind: 'text',
      placeholder: 'id',
      set: false,
      filter: true,
      help: 'network whose first subnet the VIP is allocated from',
    },
    {
      name: 'vip_port_id',
      kind: 'text',
      placeholder: 'id',
      set: false,
      filter: true,
      help: 'port made before with the network API',
    },
    { name: 'vip_qos_policy_id', kind: 'text', placeholder: 'id', help: 'kept for other programs; has no effect' },
    {
      name: 'additional_vips',
      flag: 'additional-vip',
      kind: 'list',
      placeholder: 'address[,subnet]',
      read: readAdditionalVips,
      help: 'one more VIP with the same listeners; may be repeated',
    },
    PROJECT,
    { name: 'provider', kind: 'text', set: false, filter: true, help: 'sluice, also called octavia' },
    {
      name: 'availability_zone',
      short: 'az',
      kind: 'text',
      refers: 'availabilityzone',
      set: false,
      filter: true,
      help: 'zone to place it in',
    },
    {
      name: 'flavor_id',
      flag: 'flavor',
      kind: 'text',
      refers: 'flavor',
      filter: true,
      help: 'specification: how many connections and requests it admits',
    },
    {
      name: 'managed_by',
      kind: 'text',
      choices: MANAGERS,
      placeholder: 'manager',
      create: false,
      unset: false,
      filter: true,
      help: 'who may change it; api takes it over from files',
    },
    ADMIN_STATE,
    TAGS,
  ],
  examples: {
    get: [
      { command: 'sluice get lb' },
      { command: 'sluice get lb --filter operating_status=ERROR -o json' },
      { command: 'sluice get lb --columns name,vip_address,flavor_id --sort name:desc' },
    ],
    show: [{ command: 'sluice show lb web' }],
    create: [
      { command: 'sluice create lb web --vip 198.18.0.10' },
      {
        command: 'sluice create lb web --subnet public --flavor standard-1',
        note: 'an address of the subnet is taken',
      },
    ],
    set: [
      { command: 'sluice set lb web --flavor higher-2' },
      { command: 'sluice set lb web --managed-by api', note: 'take it over from a file' },
      { command: 'sluice set lb web shop --add-tag team=a' },
    ],
    unset: [{ command: 'sluice unset lb web --flavor' }],
    delete: [{ command: 'sluice delete lb web --cascade', note: 'with listeners, pools and all the rest' }],
  },
};
