/** Operations on the members of pools. */
import { formatEndpoint } from '../model/address.js';
import type { MemberCreate, MemberPatch } from '../model/inputs.js';
import type { LoadBalancer, Member, Pool } from '../model/resources.js';
import { type Intent, own } from './access.js';
import { requireServerAddress } from './addresses.js';
import { patched, replacePool, swap } from './edit.js';
import type { Located } from './lookup.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { enforceQuota } from './quotas.js';
import { conflict, notFound } from './refusals.js';

/** @throws SluiceError `conflict` for a second member with the address and port, or an address of the gateway; `quota_exceeded` */
export function createMember(poolId: string, fields: MemberCreate): Operation<Member> {
  return (context) => {
    const { loadbalancer, pool } = own(context, 'pool', poolId, 'change', 'member');
    const member: Member = { ...fields, ...made(context, loadbalancer) };
    requireServerAddress(context, member.address);
    const { address, protocol_port } = member;
    if (pool.members.some((other) => other.protocol_port === protocol_port && other.address === address)) {
      throw duplicate(member);
    }
    const state = withMembers(context, loadbalancer, pool, [...pool.members, member]);
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: member };
  };
}

export function updateMember(poolId: string, id: string, patch: MemberPatch): Operation<Member> {
  return (context) => {
    const { loadbalancer, pool, object } = ownMember(context, poolId, id, 'change');
    const result = patched<Member>(object, patch, context.now);
    const state =
      result === object ? context.state : withMembers(context, loadbalancer, pool, swap(pool.members, object, result));
    return { state, result };
  };
}

export function deleteMember(poolId: string, id: string): Operation<void> {
  return (context) => {
    const { loadbalancer, pool, object } = ownMember(context, poolId, id, 'delete');
    const state = withMembers(context, loadbalancer, pool, swap(pool.members, object, undefined));
    return { state, result: undefined };
  };
}

export interface ReplaceOptions {
  /** Whether members that are not listed stay; default false: they are removed. */
  additiveOnly?: boolean;
}

/**
 * Makes a pool's members those of a list, recognized by address and port: existing ones become as listed and keep their ids, others are
 * created or removed. Members that are as listed already are not touched.
 * @throws SluiceError as {@link createMember}
 */
export function replaceMembers(
  poolId: string,
  wanted: readonly MemberCreate[],
  { additiveOnly = false }: ReplaceOptions = {},
): Operation<void> {
  return (context) => {
    const { loadbalancer, pool } = own(context, 'pool', poolId, 'change', 'member');
    const listed = new Map<string, MemberCreate>();
    for (const fields of wanted) {
      const key = endpointOf(fields);
      if (listed.has(key)) {
        throw duplicate(fields);
      }
      listed.set(key, fields);
    }
    const members: Member[] = [];
    for (const member of pool.members) {
      const key = endpointOf(member);
      const fields = listed.get(key);
      listed.delete(key);
      if (fields) {
        members.push(patched<Member>(member, fields, context.now));
      } else if (additiveOnly) {
        members.push(member);
      }
    }
    for (const fields of listed.values()) {
      const member: Member = { ...fields, ...made(context, loadbalancer) };
      requireServerAddress(context, member.address);
      members.push(member);
    }
    const state = withMembers(context, loadbalancer, pool, sameOr(pool.members, members));
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: undefined };
  };
}

/** @throws SluiceError `conflict` when two members have one address and port */
export function refuseDuplicates(members: readonly Member[]): void {
  const seen = new Set<string>();
  for (const member of members) {
    const key = endpointOf(member);
    if (seen.has(key)) {
      throw duplicate(member);
    }
    seen.add(key);
  }
}

function ownMember(context: Context, poolId: string, id: string, intent: Intent): Located<'member'> {
  const located = own(context, 'member', id, intent);
  if (located.pool.id !== poolId) {
    throw notFound('member', id);
  }
  return located;
}

function withMembers(context: Context, loadbalancer: LoadBalancer, pool: Pool, members: Member[]): Context['state'] {
  return members === pool.members
    ? context.state
    : replacePool(context.state, loadbalancer, pool, { ...pool, members });
}

function sameOr<T>(before: T[], after: T[]): T[] {
  return before.length === after.length && before.every((object, index) => object === after[index]) ? before : after;
}

function endpointOf({ address, protocol_port }: Pick<Member, 'address' | 'protocol_port'>): string {
  return formatEndpoint(address, protocol_port);
}

function duplicate({ address, protocol_port }: Pick<Member, 'address' | 'protocol_port'>): Error {
  return conflict(
    `Another member on this pool is already using ip ${address} on protocol_port ${protocol_port}. Update that one; a larger weight gives it more`,
  );
}
