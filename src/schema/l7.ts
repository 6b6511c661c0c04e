/** Layer 7: policies of listeners and their rules. */
import type { L7PolicyCreate, L7PolicyPatch, L7RuleCreate, L7RulePatch } from '../model/inputs.js';
import {
  L7_POLICY_ACTIONS,
  L7_RULE_COMPARE_TYPES,
  L7_RULE_TYPES,
  type L7PolicySpec,
  type L7RuleSpec,
  REDIRECT_HTTP_CODES,
} from '../model/resources.js';
import {
  ADMIN_STATE_UP,
  absent,
  choice,
  DESCRIPTION,
  type Field,
  type FieldsOf,
  field,
  flag,
  integer,
  list,
  NAME,
  optional,
  patch,
  record,
  TAGS,
  text,
  uuid,
} from './fields.js';
import { OWNER, type Owned } from './owner.js';
import { type PoolInTree, type PoolReference, poolInTree } from './pools.js';

/** Rules of one policy, Octavia's limit. */
export const MAX_RULES = 50;
/** A position after all others. */
const MAX_POSITION = 2_147_483_647;

const RULE_FIELDS: FieldsOf<L7RuleCreate> = {
  admin_state_up: {
    ...ADMIN_STATE_UP,
    description: 'Whether requests are compared with it. If not, it counts as met.',
  },
  tags: TAGS,
  type: choice('What of a request is compared', L7_RULE_TYPES),
  compare_type: choice('How it is compared', L7_RULE_COMPARE_TYPES),
  key: optional(text('Name of the header, cookie or field of the distinguished name.', { format: 'line' }), null),
  value: text('What it is compared with', { format: 'line' }),
  invert: flag('Whether the rule is met when the comparison fails.', false),
};

export const ruleInTree = record<L7RuleSpec>('A rule', {
  ...RULE_FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
});
export const ruleCreate = record<L7RuleCreate & Owned>('A rule', { ...RULE_FIELDS, ...OWNER });
export const rulePatch = patch<Required<L7RulePatch>>('A rule', RULE_FIELDS);

/** A pool written out, or a reference to one by its name. */
export function poolHere(description: string): Field<PoolInTree | PoolReference | null> {
  const reference = record<PoolReference>('A pool by its name', { name: text('Name of a pool of the load balancer') });
  return field({
    description: `${description} The whole pool, or {name: …} for one under pools of the load balancer.`,
    if: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], maxProperties: 1 },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: reference,
    else: optional(poolInTree, null),
    default: null,
  });
}

const POSITION = integer(
  'Place among the policies of the listener, from 1. Default: after the others.',
  1,
  MAX_POSITION,
);

type PolicyFields = Omit<L7PolicyCreate, 'listener_id'>;

const POLICY_FIELDS: FieldsOf<PolicyFields> = {
  name: NAME,
  description: DESCRIPTION,
  admin_state_up: { ...ADMIN_STATE_UP, description: 'Whether requests are compared with it.' },
  tags: TAGS,
  action: choice('What happens to requests that meet all rules', L7_POLICY_ACTIONS),
  redirect_pool_id: optional(uuid('The pool that REDIRECT_TO_POOL sends requests to.'), null),
  redirect_url: optional(text('Where REDIRECT_TO_URL sends clients.', { format: 'http-url' }), null),
  redirect_prefix: optional(
    text('What REDIRECT_PREFIX puts in front of the path, with scheme and host.', { format: 'http-url' }),
    null,
  ),
  redirect_listener_id: optional(
    uuid('The TERMINATED_HTTPS listener of the load balancer that REDIRECT_TO_LISTENER sends clients to.'),
    null,
  ),
  redirect_http_code: optional(
    choice('Status code of the redirect. Default 302, 301 for REDIRECT_TO_LISTENER.', REDIRECT_HTTP_CODES),
    null,
  ) as Field<number | null>,
  position: optional(POSITION, null),
};

/** Another listener of the same load balancer by its name. */
export interface ListenerReference {
  name: string;
}

/** A policy of a tree, before its pool is looked up. */
export type PolicyInTree = Omit<L7PolicySpec, 'redirect_pool' | 'redirect_listener' | 'position'> & {
  redirect_pool: PoolInTree | PoolReference | null;
  redirect_pool_id: string | null;
  redirect_listener: ListenerReference | null;
  redirect_listener_id: string | null;
  position: number | null;
};

export const policyInTree = record<PolicyInTree>('A policy', {
  ...POLICY_FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
  redirect_pool: poolHere('The pool that REDIRECT_TO_POOL sends requests to.'),
  redirect_listener: optional(
    {
      ...record<ListenerReference>('A listener by its name', { name: text('Name of a listener of the load balancer') }),
      description: 'A listener by its name, {name: …}, that REDIRECT_TO_LISTENER sends clients to.',
    },
    null,
  ),
  rules: optional(list('Rules; a request must meet all of them.', ruleInTree, { maxItems: MAX_RULES }), []),
});
export const policyCreate = record<L7PolicyCreate & Owned>('A policy', {
  ...POLICY_FIELDS,
  ...OWNER,
  listener_id: uuid('The listener whose requests it is about'),
});
export const policyPatch = patch<Required<L7PolicyPatch>>(
  'A policy',
  {
    ...POLICY_FIELDS,
    position: optional(POSITION, MAX_POSITION),
  },
  ['listener_id'],
);
