/** L7 policies and their rules. */
import { L7_POLICY_ACTIONS, L7_RULE_COMPARE_TYPES, L7_RULE_TYPES, REDIRECT_HTTP_CODES } from '../../model/resources.js';
import { ADMIN_STATE, DESCRIPTION, NAME, type ResourceType, TAGS, VERBS } from './resource.js';

export const L7POLICY: ResourceType = {
  name: 'l7policy',
  aliases: ['policy', 'l7policies', 'policies'],
  noun: 'L7 policy',
  nouns: 'L7 policies',
  about: 'What a listener does with requests that match its rules, called LB/LISTENER/NAME.',
  path: '/v2.0/lbaas/l7policies',
  one: 'l7policy',
  many: 'l7policies',
  naming: 'name',
  parent: {
    type: 'listener',
    field: 'listener_id',
    idsOf: ({ listener_id }) => (typeof listener_id === 'string' ? [listener_id] : []),
  },
  verbs: VERBS,
  stateful: true,
  owned: true,
  columns: ['listener', 'position', 'name', 'action', 'target', 'rules', 'id'],
  special: [
    { name: 'listener', value: ({ listener_id }) => listener_id, refers: 'listener' },
    { name: 'position', title: '#', right: true },
    {
      name: 'target',
      value: (policy) =>
        policy.redirect_url ?? policy.redirect_prefix ?? policy.redirect_pool_id ?? policy.redirect_listener_id,
      refers: ['pool', 'listener'],
    },
    { name: 'rules', value: ({ rules }) => (Array.isArray(rules) ? rules.length : ''), right: true },
    { name: 'provisioning_status', title: 'PROVISIONING', status: true },
    { name: 'operating_status', title: 'OPERATING', status: true },
  ],
  fields: [
    NAME,
    DESCRIPTION,
    {
      name: 'action',
      kind: 'text',
      choices: L7_POLICY_ACTIONS,
      create: 'required',
      filter: true,
      help: 'what is done',
    },
    {
      name: 'redirect_pool_id',
      flag: 'redirect-pool',
      kind: 'text',
      refers: 'pool',
      sameLoadBalancer: true,
      help: 'REDIRECT_TO_POOL: where to',
    },
    { name: 'redirect_url', kind: 'text', placeholder: 'url', help: 'REDIRECT_TO_URL: where to' },
    {
      name: 'redirect_prefix',
      kind: 'text',
      placeholder: 'url',
      help: 'REDIRECT_PREFIX: scheme, host and path put in front',
    },
    {
      name: 'redirect_listener_id',
      flag: 'redirect-listener',
      kind: 'text',
      refers: 'listener',
      sameLoadBalancer: true,
      help: 'REDIRECT_TO_LISTENER: where to, a TERMINATED_HTTPS listener',
    },
    {
      name: 'redirect_http_code',
      short: 'code',
      kind: 'integer',
      choices: REDIRECT_HTTP_CODES.map(String),
      help: 'status of a redirect',
    },
    {
      name: 'position',
      kind: 'integer',
      placeholder: 'number',
      unset: false,
      help: 'from 1; default: after the others',
    },
    ADMIN_STATE,
    TAGS,
  ],
  examples: {
    get: [{ command: 'sluice get l7policies web/http' }],
    show: [{ command: 'sluice show l7policy web/http/static' }],
    create: [
      { command: 'sluice create l7policy web/http/static --action redirect-to-pool --redirect-pool files' },
      {
        command: 'sluice create l7policy web/http/all --action redirect-to-listener --redirect-listener https',
        note: 'without a rule: all of its requests',
      },
      {
        command:
          'sluice create l7policy web/http/tls --action redirect-prefix --redirect-prefix https://www.example.net --code 301',
      },
    ],
    set: [{ command: 'sluice set l7policy web/http/static --position 1' }],
    unset: [{ command: 'sluice unset l7policy web/http/tls --redirect-http-code' }],
    delete: [{ command: 'sluice delete l7policy web/http/static' }],
  },
};

export const L7RULE: ResourceType = {
  name: 'l7rule',
  aliases: ['rule', 'l7rules', 'rules'],
  noun: 'L7 rule',
  nouns: 'L7 rules',
  about: 'A condition of a policy; all of its rules have to match. Called by its id, or LB/LISTENER/POLICY/ID.',
  path: '/v2.0/lbaas/l7policies/{parent}/rules',
  one: 'rule',
  many: 'rules',
  naming: 'id',
  parent: { type: 'l7policy', short: 'policy' },
  verbs: VERBS,
  stateful: true,
  columns: ['l7policy', 'type', 'compare_type', 'key', 'value', 'invert', 'id'],
  special: [
    { name: 'l7policy', title: 'POLICY' },
    { name: 'compare_type', title: 'COMPARE' },
    { name: 'provisioning_status', title: 'PROVISIONING', status: true },
    { name: 'operating_status', title: 'OPERATING', status: true },
  ],
  fields: [
    { name: 'type', kind: 'text', choices: L7_RULE_TYPES, create: 'required', filter: true, help: 'what is looked at' },
    {
      name: 'compare_type',
      short: 'compare',
      kind: 'text',
      choices: L7_RULE_COMPARE_TYPES,
      create: 'required',
      filter: true,
      help: 'how',
    },
    { name: 'value', kind: 'text', placeholder: 'text', create: 'required', help: 'what it is compared with' },
    { name: 'key', kind: 'text', placeholder: 'name', help: 'name of the header, cookie or DN field' },
    { name: 'invert', kind: 'boolean', help: 'matches when the comparison does not' },
    ADMIN_STATE,
    TAGS,
  ],
  examples: {
    get: [{ command: 'sluice get l7rules web/http/static' }],
    show: [{ command: 'sluice show l7rule web/http/static/3f2a6f0e-6b0c-4a54-9d8e-6f2f4f0a7b11' }],
    create: [
      { command: 'sluice create l7rule web/http/static --type path --compare starts-with --value /static' },
      {
        command:
          'sluice create l7rule web/http/static --type header --key X-Beta --compare equal-to --value 1 --invert',
      },
    ],
    set: [{ command: 'sluice set l7rule web/http/static/3f2a6f0e-6b0c-4a54-9d8e-6f2f4f0a7b11 --value /assets' }],
    unset: [{ command: 'sluice unset l7rule web/http/static/3f2a6f0e-6b0c-4a54-9d8e-6f2f4f0a7b11 --invert' }],
    delete: [{ command: 'sluice delete l7rule web/http/static/3f2a6f0e-6b0c-4a54-9d8e-6f2f4f0a7b11' }],
  },
};
