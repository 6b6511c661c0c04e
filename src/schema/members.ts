/** Members of pools. */
import { MEMBER_DEFAULTS as DEFAULTS } from '../model/defaults.js';
import type { MemberCreate, MemberPatch } from '../model/inputs.js';
import type { MemberSpec } from '../model/resources.js';
import {
  ADMIN_STATE_UP,
  absent,
  address,
  type FieldsOf,
  flag,
  integer,
  NAME,
  omit,
  optional,
  PORT_RANGE,
  patch,
  record,
  TAGS,
  uuid,
} from './fields.js';
import { OWNER, type Owned } from './owner.js';

const MEMBER_FIELDS: FieldsOf<MemberCreate> = {
  name: NAME,
  admin_state_up: { ...ADMIN_STATE_UP, description: 'Whether it gets new traffic and is checked.' },
  tags: TAGS,
  address: address('The IP address of the server'),
  protocol_port: integer('The port it listens on, 1 to 65,535', ...PORT_RANGE),
  weight: optional(
    integer('Share of new sessions, 0 to 256. 0 drains: nothing new, established sessions finish.', 0, 256),
    DEFAULTS.weight,
  ),
  backup: flag('Whether it is used only while no other member of the pool is usable.', DEFAULTS.backup),
  subnet_id: optional(uuid('Subnet it is reached through. Informative: the gateway routes as its host does.'), null),
  monitor_address: optional(address('Where health checks go instead of the address.'), null),
  monitor_port: optional(integer('Where health checks go instead of the port.', ...PORT_RANGE), null),
};

export const memberInTree = record<MemberSpec>('A member', {
  ...MEMBER_FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
});
export const memberCreate = record<MemberCreate & Owned>('A member', { ...MEMBER_FIELDS, ...OWNER });
export const memberPatch = patch<Required<MemberPatch>>(
  'A member',
  omit(MEMBER_FIELDS, ['address', 'protocol_port', 'subnet_id']),
  ['address', 'protocol_port', 'subnet_id'],
);
