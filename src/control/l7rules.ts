/** Operations on the rules of L7 policies. */
import type { L7RuleCreate, L7RulePatch } from '../model/inputs.js';
import type { L7Policy, L7Rule, Listener } from '../model/resources.js';
import { checkRule as checkFields, refuseFaults, ruleUseFault } from '../schema/index.js';
import { MAX_RULES } from '../schema/l7.js';
import { type Intent, own } from './access.js';
import { patched, replaceListener, swap } from './edit.js';
import type { Located } from './lookup.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { enforceOrder } from './policy-order.js';
import { enforceQuota } from './quotas.js';
import { conflict, notFound } from './refusals.js';

/** @throws SluiceError `conflict` when the policy has as many as it may, `quota_exceeded` */
export function createL7Rule(policyId: string, fields: L7RuleCreate): Operation<L7Rule> {
  return (context) => {
    const located = own(context, 'l7policy', policyId, 'change', 'l7rule');
    const rule: L7Rule = { ...fields, ...made(context, located.loadbalancer) };
    checkRule(located.listener, rule);
    const rules = [...located.l7policy.rules, rule];
    refuseTooManyRules({ id: policyId, rules });
    const state = withRules(context, located, rules);
    enforceQuota(context, state, located.loadbalancer.project_id);
    return { state, result: rule };
  };
}

export function updateL7Rule(policyId: string, id: string, patch: L7RulePatch): Operation<L7Rule> {
  return (context) => {
    const located = ownRule(context, policyId, id, 'change');
    const result = patched<L7Rule>(located.object, patch, context.now);
    if (result === located.object) {
      return { state: context.state, result };
    }
    checkRule(located.listener, result);
    return { state: withRules(context, located, swap(located.l7policy.rules, located.object, result)), result };
  };
}

export function deleteL7Rule(policyId: string, id: string): Operation<void> {
  return (context) => {
    const located = ownRule(context, policyId, id, 'delete');
    const state = withRules(context, located, swap(located.l7policy.rules, located.object, undefined));
    return { state, result: undefined };
  };
}

/** @throws SluiceError `conflict` */
export function refuseTooManyRules({ id, rules }: Pick<L7Policy, 'id' | 'rules'>): void {
  if (rules.length > MAX_RULES) {
    throw conflict(
      `Too many rules on L7 policy ${id}. It may have ${MAX_RULES}; a regular expression can stand for several, or make another policy`,
    );
  }
}

/** What holds for every rule, wherever it comes from. @throws SluiceError */
export function checkRule({ protocol }: Listener, rule: L7Rule): void {
  refuseFaults('rule', (report) => {
    checkFields(rule, report);
    const unfit = ruleUseFault(protocol, rule.type);
    if (unfit) {
      report(['type'], unfit);
    }
  });
}

function ownRule(context: Context, policyId: string, id: string, intent: Intent): Located<'l7rule'> {
  const located = own(context, 'l7rule', id, intent);
  if (located.l7policy.id !== policyId) {
    throw notFound('l7rule', id);
  }
  return located;
}

function withRules(
  context: Context,
  { loadbalancer, listener, l7policy }: Located<'l7policy'> | Located<'l7rule'>,
  rules: L7Rule[],
): Context['state'] {
  const policy = { ...l7policy, rules };
  const changed = { ...listener, l7policies: swap(listener.l7policies, l7policy, policy) };
  enforceOrder(listener, changed, l7policy, policy);
  return replaceListener(context.state, loadbalancer, listener, changed);
}
