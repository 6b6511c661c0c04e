/** Policies by POSITION: each is a condition that requests are compared with, one after the other. */

import { boundedPattern } from '../../model/patterns.js';
import { rulesInUse } from '../../model/policy-order.js';
import type { L7Policy, L7Rule, L7RuleCompareType, Listener } from '../../model/resources.js';
import { type ActionTargets, actionLines, rankOf } from './actions.js';
import { sample, word } from './text.js';

const MATCHES: Readonly<Record<L7RuleCompareType, string>> = {
  REGEX: 'reg',
  STARTS_WITH: 'beg',
  ENDS_WITH: 'end',
  CONTAINS: 'sub',
  EQUAL_TO: 'str',
};
/** Without the port and the dot of an absolute name. */
const HOST = 'req.hdr(host),host_only,rtrim(.)';
/** What is behind the last dot of the last part of the path. */
const FILE_TYPE = "'path,field(-1,/),regsub(^.*[.]|^[^.]*$,)'";

/** Octavia's order: refusals, then redirects, then pools, each by position. */
export function positionLines(listener: Pick<Listener, 'l7policies'>, targets: ActionTargets): string[] {
  const inUse = listener.l7policies.filter(({ admin_state_up }) => admin_state_up);
  const ordered = [...inUse].sort((a, b) => rankOf(a) - rankOf(b) || a.position - b.position);
  return ordered.flatMap((policy) => policyLines(policy, targets));
}

function policyLines(policy: L7Policy, targets: ActionTargets): string[] {
  const rules = rulesInUse(policy);
  if (!rules) {
    return [];
  }
  const condition = rules.map((rule) => ` ${rule.invert ? '!' : ''}${nameOf(rule)}`).join('');
  return [...rules.flatMap(ruleLines), ...actionLines(policy, targets, condition === '' ? '' : ` if${condition}`)];
}

function nameOf({ id }: L7Rule): string {
  return `r_${id}`;
}

/** A rule by name, so that its value is the end of a line: in a condition a `}` would end it. */
function ruleLines(rule: L7Rule): string[] {
  return comparisons(rule).map((comparison) => `acl ${nameOf(rule)} ${comparison}`);
}

/** Ways of meeting a rule: one is enough. */
function comparisons(rule: L7Rule): string[] {
  const { type, compare_type, key, value } = rule;
  const match = `-m ${MATCHES[compare_type]} -- ${word(compare_type === 'REGEX' ? boundedPattern(value) : value)}`;
  switch (type) {
    case 'HOST_NAME':
      return [`${HOST} -i ${hostMatch(rule)}`];
    case 'PATH':
      return [`path ${match}`];
    case 'FILE_TYPE':
      return [`${FILE_TYPE} ${compare_type === 'REGEX' ? match : `-m str -- ${word(value.replace(/^\./, ''))}`}`];
    case 'HEADER':
      return headerFetches(rule).map((fetch) => `${word(sample(fetch, key ?? ''))} ${match}`);
    case 'COOKIE':
      return [`${word(sample('req.cook', key ?? ''))} ${match}`];
    case 'SSL_CONN_HAS_CERT':
      return ['ssl_c_used'];
    case 'SSL_VERIFY_RESULT':
      return [`ssl_c_verify -m int eq ${Number(value)}`];
    case 'SSL_DN_FIELD':
      return [`${word(sample('ssl_c_s_dn', key ?? ''))} ${match}`];
  }
}

/** Values are written as people write hosts: with `*.` for any subdomain, maybe with a port. */
function hostMatch({ compare_type, value }: L7Rule): string {
  if (compare_type === 'REGEX') {
    return `-m reg -- ${word(boundedPattern(value))}`;
  }
  const host =
    compare_type === 'EQUAL_TO' || compare_type === 'ENDS_WITH'
      ? value.replace(/:\d*$/, '').replace(/(?<=.)\.+$/, '')
      : value;
  if (compare_type === 'EQUAL_TO' && host.startsWith('*.') && host.length > 2) {
    return `-m end -- ${word(host.slice(1))}`;
  }
  return `-m ${MATCHES[compare_type]} -- ${word(host)}`;
}

/** Each value of a list, as Octavia compares them; values with commas are whole lines. */
function headerFetches({ compare_type, value }: L7Rule): string[] {
  if (compare_type === 'REGEX') {
    return ['req.hdr', 'req.fhdr'];
  }
  return [value.includes(',') ? 'req.fhdr' : 'req.hdr'];
}
