import { describe, expect, it } from 'vitest';
import { L7_POLICY_DEFAULTS, L7_RULE_DEFAULTS } from './defaults.js';
import { exactnessKey, exactnessOf, policyOrderOf, rulesInUse, unfitForExactness } from './policy-order.js';
import type { L7Policy, L7Rule } from './resources.js';

const MADE = { project_id: 'p', created_at: '2026-01-31T12:00:00', updated_at: null };

function rule(type: L7Rule['type'], compare_type: L7Rule['compare_type'], value: string, fields = {}): L7Rule {
  return { ...MADE, ...L7_RULE_DEFAULTS, id: `${type} ${value}`, type, compare_type, value, ...fields };
}

function policy(rules: L7Rule[], fields: Partial<L7Policy> = {}): L7Policy {
  return { ...MADE, ...L7_POLICY_DEFAULTS, id: 'o', action: 'REJECT', position: 1, rules, ...fields };
}

const HOST = rule('HOST_NAME', 'EQUAL_TO', 'www.example.com');
const PATH = rule('PATH', 'STARTS_WITH', '/a');
const HEADER = rule('HEADER', 'EQUAL_TO', 'a', { key: 'X-A' });

describe('exactness', () => {
  it.each<[what: string, rules: L7Rule[], host: unknown, path: unknown]>([
    ['a host and a path', [HOST, PATH], { kind: 'exact', value: 'www.example.com' }, { kind: 'prefix', value: '/a' }],
    ['a host in capitals', [rule('HOST_NAME', 'EQUAL_TO', 'A.B')], { kind: 'exact', value: 'a.b' }, null],
    ['all below a domain', [rule('HOST_NAME', 'EQUAL_TO', '*.a.b')], { kind: 'suffix', value: '.a.b' }, null],
    ['the end of a host', [rule('HOST_NAME', 'ENDS_WITH', '.a.b')], { kind: 'suffix', value: '.a.b' }, null],
    ['an expression', [rule('PATH', 'REGEX', '^/A')], null, { kind: 'regex', value: '^/A' }],
    ['an exact path', [rule('PATH', 'EQUAL_TO', '/A')], null, { kind: 'exact', value: '/A' }],
  ])('knows %s', (_, rules, host, path) => {
    expect(unfitForExactness(policy(rules))).toBeUndefined();
    expect(exactnessOf(policy(rules))).toEqual({ host, path });
  });

  it.each<[reason: string, rules: L7Rule[]]>([
    ['it has a rule of type HEADER', [HOST, HEADER]],
    ['it has several rules of type PATH', [PATH, rule('PATH', 'EQUAL_TO', '/b')]],
    ['it has a rule that is inverted', [{ ...PATH, invert: true }]],
    ['its rule of type PATH is compared by CONTAINS', [rule('PATH', 'CONTAINS', 'a')]],
    ['its rule of type HOST_NAME is compared by REGEX', [rule('HOST_NAME', 'REGEX', 'a')]],
  ])('is not for a policy where %s', (reason, rules) => {
    expect(unfitForExactness(policy(rules))).toBe(reason);
  });

  it('is the same for two ways to write one domain, and another for another path', () => {
    const wildcard = policy([rule('HOST_NAME', 'EQUAL_TO', '*.A.b')]);
    const ending = policy([rule('HOST_NAME', 'ENDS_WITH', '.a.b')]);
    expect(exactnessKey(wildcard)).toBe(exactnessKey(ending));
    expect(exactnessKey(policy([HOST]))).not.toBe(exactnessKey(policy([HOST, PATH])));
  });
});

describe('rules in use', () => {
  const disabled = { ...PATH, admin_state_up: false };
  it('are those that count; a policy without any is about no request', () => {
    expect(rulesInUse(policy([HOST, disabled]))).toEqual([HOST]);
    expect(rulesInUse(policy([]))).toBeUndefined();
    expect(rulesInUse(policy([disabled]))).toBeUndefined();
  });

  it('need not be there for a redirect of a whole listener, but are not left out by mistake', () => {
    expect(rulesInUse(policy([], { action: 'REDIRECT_TO_LISTENER' }))).toEqual([]);
    expect(rulesInUse(policy([disabled], { action: 'REDIRECT_TO_LISTENER' }))).toBeUndefined();
  });
});

describe('the order of a listener', () => {
  it.each<[order: string, what: string, policies: L7Policy[]]>([
    ['EXACTNESS', 'there are no policies', []],
    ['EXACTNESS', 'all can be compared', [policy([HOST]), policy([HOST, PATH]), policy([])]],
    ['POSITION', 'one cannot', [policy([HOST]), policy([HEADER])]],
    ['POSITION', 'two are about the same', [policy([HOST]), policy([HOST])]],
    ['EXACTNESS', 'one of these is not in use', [policy([HOST]), policy([HOST], { admin_state_up: false })]],
  ])('is %s by default where %s', (order, _, l7policies) => {
    expect(policyOrderOf({ policy_order: null, l7policies })).toBe(order);
  });

  it('is what somebody wrote', () => {
    expect(policyOrderOf({ policy_order: 'POSITION', l7policies: [] })).toBe('POSITION');
  });
});
