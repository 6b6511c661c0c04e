/** Members of a pool, one by one and all at once. */
import { createMember, deleteMember, replaceMembers, updateMember } from '../../control/index.js';
import { notFound } from '../../control/refusals.js';
import type { MemberCreate, MemberPatch } from '../../model/inputs.js';
import type { LoadBalancer, Member, Pool } from '../../model/resources.js';
import { answers, bodies } from '../../schema/index.js';
import { change } from '../http/change.js';
import type { ApiRequest, Route } from '../http/route.js';
import { unwrap } from '../http/unwrap.js';
import type { Placed } from '../views/placed.js';
import { memberView } from '../views/pool.js';
import { type Collection, collectionRoutes, type ListLimits } from './collection.js';
import { flagParameter } from './flags.js';
import { labelOf, placing } from './placing.js';
import { find } from './scope.js';
import { readEach } from './several.js';

const POOL = 'pool_id';
const PATH = `/pools/:${POOL}/members`;

const collection: Collection<Placed<Member>, MemberCreate, MemberPatch> = {
  kind: 'member',
  noun: 'a member',
  tag: 'Members',
  path: PATH,
  param: 'member_id',
  view: memberView,
  answer: answers.member,
  needs: { read: 'read', write: 'write' },
  items: (request) => {
    const { loadbalancer, pool } = poolOf(request);
    return placedMembers(loadbalancer, pool);
  },
  find: (request, id) => {
    const { pool } = poolOf(request);
    const located = find(request, 'member', id);
    if (located.pool.id !== pool.id) {
      throw notFound('member', id);
    }
    return located;
  },
  label: labelOf,
  create: {
    body: bodies.member.create,
    run: ({ params }, input) => placing('member', createMember(params[POOL]!, input)),
  },
  update: {
    body: bodies.member.update,
    run: ({ params }, id, patch) => placing('member', updateMember(params[POOL]!, id, patch)),
  },
  delete: { run: ({ params }, id) => deleteMember(params[POOL]!, id) },
};

export function memberRoutes(limits: ListLimits): Route[] {
  return [...collectionRoutes(collection, limits), replace];
}

const placed = new WeakMap<Pool, { loadbalancer: LoadBalancer; items: readonly Placed<Member>[] }>();

/** The same list as long as pool and load balancer are the same: there may be ten thousand. */
function placedMembers(loadbalancer: LoadBalancer, pool: Pool): readonly Placed<Member>[] {
  const known = placed.get(pool);
  if (known?.loadbalancer === loadbalancer) {
    return known.items;
  }
  const items = pool.members.map((member) => ({ object: member, loadbalancer, pool }));
  placed.set(pool, { loadbalancer, items });
  return items;
}

function poolOf(request: ApiRequest) {
  return find(request, 'pool', request.params[POOL]!);
}

/** Octavia's batch update: what is not listed goes, unless `additive_only`. */
const replace: Route = {
  method: 'PUT',
  path: PATH,
  need: 'write',
  status: 202,
  audited: { action: 'update', kind: 'pool' },
  tag: 'Members',
  summary: 'Replace the members of a pool',
  query: [
    {
      name: 'additive_only',
      description: 'Keep members that are not listed.',
      schema: { type: 'boolean', default: false },
    },
  ],
  body: {
    type: 'object',
    required: ['members'],
    properties: { members: { type: 'array', items: bodies.member.create.schema } },
  },
  handle: async (request) => {
    const additiveOnly = flagParameter(request.query, 'additive_only');
    const members = readEach(unwrap(request.body, 'members'), 'members', 'member', bodies.member.create);
    const pool = labelOf(poolOf(request));
    await change(request, 202, replaceMembers(pool.id, members, { additiveOnly }), () => pool);
    return {};
  },
};
