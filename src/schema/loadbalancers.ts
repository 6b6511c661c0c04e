/** Load balancers. */
import { LOADBALANCER_DEFAULTS as DEFAULTS, PROVIDER } from '../model/defaults.js';
import type { LoadBalancerPatch } from '../model/inputs.js';
import { type AdditionalVip, type LoadBalancerSpec, MANAGERS } from '../model/resources.js';
import {
  ADMIN_STATE_UP,
  absent,
  address,
  choice,
  DESCRIPTION,
  type Field,
  type FieldsOf,
  list,
  NAME,
  optional,
  patch,
  pick,
  record,
  TAGS,
  text,
  uuid,
} from './fields.js';
import { type ListenerInTree, listenerInTree } from './listeners.js';
import { OWNER, type Owned } from './owner.js';
import { type PoolInTree, poolInTree } from './pools.js';

/** Octavia's own names, for configurations that were written for it; whoever asks for one is told that name again. */
const PROVIDERS = [PROVIDER, 'octavia', 'amphora'];
const MAX_ADDITIONAL_VIPS = 16;

/** A further VIP as it is written: one of the two at least. */
export type AdditionalVipInBody = Omit<AdditionalVip, 'ip_address'> & { ip_address: string | null };

const ADDITIONAL_VIP = record<AdditionalVipInBody>('A further VIP', {
  ip_address: optional(address('The address; allocated from the subnet where none is given.'), null),
  subnet_id: optional(uuid('The subnet it is allocated from.'), null),
});

/** A load balancer as it is written, before the pools of its listeners are looked up. */
export type LoadBalancerInTree = Omit<LoadBalancerSpec, 'listeners' | 'pools' | 'additional_vips'> & {
  additional_vips: AdditionalVipInBody[];
  listeners: ListenerInTree[];
  pools: PoolInTree[];
};

const FIELDS: FieldsOf<Omit<LoadBalancerInTree, 'id'>> = {
  name: NAME,
  description: DESCRIPTION,
  admin_state_up: { ...ADMIN_STATE_UP, description: 'Whether its listeners take new sessions.' },
  tags: TAGS,
  vip_address: optional(address('The IP address clients connect to.'), null),
  vip_subnet_id: optional(uuid('The subnet the VIP is in, or is allocated from.'), null),
  vip_network_id: optional(uuid('The network the VIP is allocated from.'), null),
  vip_port_id: optional(uuid('A port whose address is the VIP.'), null),
  vip_qos_policy_id: optional(uuid('Kept for clients that write it; nothing depends on it.'), null),
  additional_vips: optional(
    list('Further VIPs with the same listeners.', ADDITIONAL_VIP, { maxItems: MAX_ADDITIONAL_VIPS }),
    [],
  ),
  provider: optional(choice<string>('Who serves it.', PROVIDERS), DEFAULTS.provider),
  flavor_id: optional(uuid('A flavor: how much is guaranteed.'), null),
  availability_zone: optional(text('Name of an availability zone.'), null),
  pools: optional(list('Pools that listeners and policies refer to.', poolInTree), DEFAULTS.pools) as Field<
    PoolInTree[]
  >,
  listeners: optional(list('Listeners.', listenerInTree), []),
};

export const loadBalancerCreate = record<Omit<LoadBalancerInTree, 'id'> & Owned>('A load balancer', {
  ...FIELDS,
  ...OWNER,
});
/** One in a file: the name says which one it is. */
export const loadBalancerInFile = record<LoadBalancerInTree>('A load balancer', {
  ...FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
});
/** {@link LoadBalancerPatch} as it is written. */
type LoadBalancerChange = Required<Omit<LoadBalancerPatch, 'additional_vips'>> &
  Pick<LoadBalancerInTree, 'additional_vips'>;

export const loadBalancerPatch = patch<LoadBalancerChange>(
  'A load balancer',
  {
    ...pick(FIELDS, [
      'name',
      'description',
      'admin_state_up',
      'tags',
      'vip_qos_policy_id',
      'additional_vips',
      'flavor_id',
    ]),
    managed_by: choice('Who may change it: the API, files given to apply, or the host file.', MANAGERS),
  },
  ['vip_address', 'vip_subnet_id', 'vip_network_id', 'vip_port_id', 'provider', 'availability_zone'],
);
