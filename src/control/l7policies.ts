/** Operations on L7 policies. A listener's are kept in the order of their positions, which count from 1 without gaps. */
import type { L7PolicyCreate, L7PolicyPatch } from '../model/inputs.js';
import type { L7Policy, L7PolicyAction, Listener, LoadBalancer } from '../model/resources.js';
import {
  checkPolicy as checkFields,
  completePolicy,
  dropTargets,
  listenerTargetFault,
  policyUseFault,
  poolUseFault,
  refuseFaults,
} from '../schema/index.js';
import { own } from './access.js';
import { patched, replaceListener } from './edit.js';
import { made } from './made.js';
import type { Operation } from './operation.js';
import { enforceOrder } from './policy-order.js';
import { renumber } from './positions.js';
import { enforceQuota } from './quotas.js';
import { requireListener, requirePool } from './references.js';

/** Where a policy is put: at a position, those from there on move up; beyond the last, and with null, it becomes the last. */
export function createL7Policy({ listener_id, position, ...fields }: L7PolicyCreate): Operation<L7Policy> {
  return (context) => {
    const { loadbalancer, listener } = own(context, 'listener', listener_id, 'change', 'l7policy');
    const last = listener.l7policies.length + 1;
    const place = clamp(position ?? last, last);
    const policy: L7Policy = { ...fields, ...made(context, loadbalancer), rules: [], position: place };
    checkPolicy(loadbalancer, listener, policy);
    const changed = { ...listener, l7policies: insert(listener.l7policies, policy, place) };
    enforceOrder(listener, changed, undefined, policy);
    const state = replaceListener(context.state, loadbalancer, listener, changed);
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: policy };
  };
}

/** A redirect field alone changes the action to the one it belongs to, and clears the fields of the others, as in Octavia. */
export function updateL7Policy(id: string, patch: L7PolicyPatch): Operation<L7Policy> {
  return (context) => {
    const { loadbalancer, listener, l7policy } = own(context, 'l7policy', id);
    const { position, ...rest } = patch;
    const others = listener.l7policies.filter((other) => other !== l7policy);
    const place = clamp(position ?? l7policy.position, others.length + 1);
    const result = patched<L7Policy>(l7policy, { ...withAction(l7policy, rest), position: place }, context.now);
    if (result === l7policy) {
      return { state: context.state, result };
    }
    checkPolicy(loadbalancer, listener, result);
    const changed = { ...listener, l7policies: insert(others, result, place) };
    enforceOrder(listener, changed, l7policy, result);
    return { state: replaceListener(context.state, loadbalancer, listener, changed), result };
  };
}

/** Deletes a policy with its rules; those after it move down. */
export function deleteL7Policy(id: string): Operation<void> {
  return (context) => {
    const { loadbalancer, listener, l7policy } = own(context, 'l7policy', id, 'delete');
    const changed = { ...listener, l7policies: renumber(listener.l7policies.filter((other) => other !== l7policy)) };
    enforceOrder(listener, changed, l7policy, undefined);
    return { state: replaceListener(context.state, loadbalancer, listener, changed), result: undefined };
  };
}

/** What holds for every policy, wherever it comes from. @throws SluiceError */
export function checkPolicy(loadbalancer: LoadBalancer, { id, protocol }: Listener, policy: L7Policy): void {
  const { redirect_pool_id, redirect_listener_id } = policy;
  const pool = redirect_pool_id === null ? undefined : requirePool(loadbalancer, redirect_pool_id);
  const target = redirect_listener_id === null ? undefined : requireListener(loadbalancer, redirect_listener_id);
  refuseFaults('l7policy', (report) => {
    const unfit = policyUseFault(protocol);
    if (unfit) {
      report([], unfit);
      return;
    }
    checkFields(policy, report);
    const fault = pool && poolUseFault(protocol, pool);
    if (fault) {
      report(['redirect_pool_id'], fault);
    }
    const targetFault = target && listenerTargetFault(target.protocol, target.id === id);
    if (targetFault) {
      report(['redirect_listener_id'], targetFault);
    }
  });
}

const TARGETS = [
  ['REDIRECT_TO_POOL', 'redirect_pool_id'],
  ['REDIRECT_TO_URL', 'redirect_url'],
  ['REDIRECT_PREFIX', 'redirect_prefix'],
  ['REDIRECT_TO_LISTENER', 'redirect_listener_id'],
] as const satisfies ReadonlyArray<[L7PolicyAction, keyof L7Policy]>;

/** The policy as a patch makes it, with what its action, written or meant, brings with it. */
function withAction(policy: L7Policy, patch: Omit<L7PolicyPatch, 'position'>): L7Policy {
  const meant = TARGETS.find(([, target]) => typeof patch[target] === 'string')?.[0];
  const action = patch.action ?? meant ?? policy.action;
  const written = { ...policy, ...patch, action };
  return completePolicy(action === policy.action ? written : dropTargets(written, new Set(Object.keys(patch))));
}

function insert(policies: readonly L7Policy[], policy: L7Policy, position: number): L7Policy[] {
  return renumber(policies.toSpliced(position - 1, 0, policy));
}

function clamp(position: number, last: number): number {
  return Math.min(Math.max(position, 1), last);
}
