/** L7 policies and their rules. */
import {
  createL7Policy,
  createL7Rule,
  deleteL7Policy,
  deleteL7Rule,
  updateL7Policy,
  updateL7Rule,
} from '../../control/index.js';
import { notFound } from '../../control/refusals.js';
import type { L7PolicyCreate, L7PolicyPatch, L7RuleCreate, L7RulePatch } from '../../model/inputs.js';
import type { L7Policy, L7Rule } from '../../model/resources.js';
import { answers, bodies } from '../../schema/index.js';
import type { ApiRequest, Route } from '../http/route.js';
import { l7policyView, l7ruleView } from '../views/listener.js';
import { listenersOf, type Placed } from '../views/placed.js';
import { type Collection, collectionRoutes, type ListLimits } from './collection.js';
import { labelOf, placing } from './placing.js';
import { find, visibleLoadBalancers } from './scope.js';

const POLICY = 'l7policy_id';

const policies: Collection<Placed<L7Policy>, L7PolicyCreate, L7PolicyPatch> = {
  kind: 'l7policy',
  noun: 'an L7 policy',
  tag: 'L7 policies',
  path: '/l7policies',
  param: POLICY,
  view: l7policyView,
  answer: answers.l7policy,
  needs: { read: 'read', write: 'write' },
  items: (request) =>
    visibleLoadBalancers(request)
      .flatMap(listenersOf)
      .flatMap((place) => place.object.l7policies.map((policy) => ({ ...place, object: policy, l7policy: policy }))),
  find: (request, id) => find(request, 'l7policy', id),
  label: labelOf,
  create: { body: bodies.l7policy.create, run: (_request, input) => placing('l7policy', createL7Policy(input)) },
  update: {
    body: bodies.l7policy.update,
    run: (_request, id, patch) => placing('l7policy', updateL7Policy(id, patch)),
  },
  delete: { run: (_request, id) => deleteL7Policy(id) },
};

const rules: Collection<Placed<L7Rule>, L7RuleCreate, L7RulePatch> = {
  kind: 'l7rule',
  noun: 'an L7 rule',
  tag: 'L7 rules',
  path: `/l7policies/:${POLICY}/rules`,
  param: 'rule_id',
  view: l7ruleView,
  answer: answers.l7rule,
  needs: { read: 'read', write: 'write' },
  items: (request) => {
    const place = policyOf(request);
    return place.object.rules.map((rule) => ({ ...place, object: rule }));
  },
  find: (request, id) => {
    const policy = policyOf(request);
    const located = find(request, 'l7rule', id);
    if (located.l7policy.id !== policy.object.id) {
      throw notFound('l7rule', id);
    }
    return located;
  },
  label: labelOf,
  create: {
    body: bodies.l7rule.create,
    run: ({ params }, input) => placing('l7rule', createL7Rule(params[POLICY]!, input)),
  },
  update: {
    body: bodies.l7rule.update,
    run: ({ params }, id, patch) => placing('l7rule', updateL7Rule(params[POLICY]!, id, patch)),
  },
  delete: { run: ({ params }, id) => deleteL7Rule(params[POLICY]!, id) },
};

function policyOf(request: ApiRequest) {
  return find(request, 'l7policy', request.params[POLICY]!);
}

export function l7Routes(limits: ListLimits): Route[] {
  return [...collectionRoutes(policies, limits), ...collectionRoutes(rules, limits)];
}
