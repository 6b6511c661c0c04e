/** What the fields of policies and rules mean to each other. Empty values stand for ones that had a fault of their own. */
import type { L7Policy, L7PolicyAction, L7Rule, L7RuleType, ListenerProtocol } from '../model/resources.js';
import { type FaultDetail, type FaultReport, withArticle } from './faults.js';
import { isHttp } from './listener-rules.js';
import { valueFault } from './rule-values.js';

const ALL_TARGETS = [
  'redirect_pool_id',
  'redirect_url',
  'redirect_prefix',
  'redirect_listener_id',
  'redirect_http_code',
] as const;
type Target = (typeof ALL_TARGETS)[number];

/** What each action takes; the first must be there. */
const TARGETS: Record<L7PolicyAction, readonly Target[]> = {
  REJECT: [],
  REDIRECT_TO_POOL: ['redirect_pool_id'],
  REDIRECT_TO_URL: ['redirect_url', 'redirect_http_code'],
  REDIRECT_PREFIX: ['redirect_prefix', 'redirect_http_code'],
  REDIRECT_TO_LISTENER: ['redirect_listener_id', 'redirect_http_code'],
};
const DEFAULT_CODE = 302;
/** From one listener to another is for good (L7-2). */
const DEFAULT_LISTENER_CODE = 301;

const KEYED: readonly L7RuleType[] = ['HEADER', 'COOKIE', 'SSL_DN_FIELD'];
/** Types that are compared in fewer ways than all. */
const COMPARISONS: Partial<Record<L7RuleType, readonly L7Rule['compare_type'][]>> = {
  FILE_TYPE: ['EQUAL_TO', 'REGEX'],
  SSL_CONN_HAS_CERT: ['EQUAL_TO'],
  SSL_VERIFY_RESULT: ['EQUAL_TO'],
};
const OF_CERTIFICATES: readonly L7RuleType[] = ['SSL_CONN_HAS_CERT', 'SSL_VERIFY_RESULT', 'SSL_DN_FIELD'];
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DN_FIELD = /^[a-zA-Z][a-zA-Z0-9-]*$/;

type CheckedPolicy = Pick<L7Policy, 'action' | Target>;

/** The code of a redirect that names none. */
export function completePolicy<T extends Pick<L7Policy, 'action' | 'redirect_http_code'>>(policy: T): T {
  const takesCode = TARGETS[policy.action]?.includes('redirect_http_code');
  const code = policy.action === 'REDIRECT_TO_LISTENER' ? DEFAULT_LISTENER_CODE : DEFAULT_CODE;
  return takesCode && policy.redirect_http_code === null ? { ...policy, redirect_http_code: code } : policy;
}

/** The policy without the targets that its action does not take, for an action that was changed. */
export function dropTargets<T extends CheckedPolicy>(policy: T, kept: ReadonlySet<string>): T {
  const takes = TARGETS[policy.action];
  const dropped = ALL_TARGETS.filter((field) => !takes.includes(field) && !kept.has(field));
  return { ...policy, ...Object.fromEntries(dropped.map((field) => [field, null])) };
}

/**
 * Every rule of a policy that needs no other object.
 * @param names where its targets were written: `redirect_pool` in trees, where `redirect_pool_id` stands for it
 */
export function checkPolicy(
  policy: CheckedPolicy,
  report: FaultReport,
  names: Partial<Record<Target, string>> = {},
): void {
  const takes = TARGETS[policy.action];
  if (!takes) {
    return;
  }
  const nameOf = (field: Target): string => names[field] ?? field;
  const [needed] = takes;
  if (needed && policy[needed] === null) {
    report([], {
      code: 'missing',
      message: `${nameOf(needed)} is missing`,
      suggestion: `add ${nameOf(needed)}: ${policy.action} needs it`,
    });
  }
  for (const field of ALL_TARGETS.filter((field) => !takes.includes(field) && policy[field] !== null)) {
    report([nameOf(field)], {
      message: `${nameOf(field)} does not fit the action ${policy.action}`,
      suggestion: `leave it out, or write action: ${actionsWith(field).join(' or ')}`,
      part: 'key',
    });
  }
}

function actionsWith(field: Target): string[] {
  return Object.entries(TARGETS).flatMap(([action, targets]) => (targets.includes(field) ? [action] : []));
}

/** What is wrong with policies on a listener of one protocol; undefined: nothing. */
export function policyUseFault(protocol: ListenerProtocol): FaultDetail | undefined {
  return (protocol as string) === '' || isHttp(protocol)
    ? undefined
    : {
        message: `${withArticle(protocol)} listener does not see requests, which policies are about`,
        suggestion: 'leave the policies out, or give the listener protocol: HTTP or TERMINATED_HTTPS',
      };
}

/**
 * What is wrong with sending clients to a listener; undefined: nothing. An empty protocol stands for one that had a fault of its own.
 * @param own whether it is the listener that the clients come from
 */
export function listenerTargetFault(protocol: ListenerProtocol, own: boolean): FaultDetail | undefined {
  if ((protocol as string) === '') {
    return undefined;
  }
  if (own) {
    return { message: 'clients would be sent in circles', suggestion: 'write another listener of the load balancer' };
  }
  return protocol === 'TERMINATED_HTTPS'
    ? undefined
    : {
        message: `${withArticle(protocol)} listener is not one to be redirected to`,
        suggestion: 'write a TERMINATED_HTTPS listener of the same load balancer',
      };
}

/** Every rule of an L7 rule. */
export function checkRule(rule: Pick<L7Rule, 'type' | 'compare_type' | 'key' | 'value'>, report: FaultReport): void {
  const { type, compare_type, value } = rule;
  if ([type, compare_type, value].some((text) => (text as string) === '')) {
    return;
  }
  checkKey(rule, report);
  const comparisons = COMPARISONS[type];
  if (comparisons && !comparisons.includes(compare_type)) {
    report(['compare_type'], {
      message: `${type} is not compared by ${compare_type}`,
      suggestion: `write ${comparisons.join(' or ')}`,
    });
  }
  const fault = valueFault(rule);
  if (fault) {
    report(['value'], fault);
  }
}

/** What is wrong with a rule on a listener of one protocol; undefined: nothing. */
export function ruleUseFault(protocol: ListenerProtocol, type: L7RuleType): FaultDetail | undefined {
  return protocol === 'HTTP' && OF_CERTIFICATES.includes(type)
    ? {
        message: 'an HTTP listener sees no certificates of clients',
        suggestion: 'leave the rule out, or give the listener protocol: TERMINATED_HTTPS',
      }
    : undefined;
}

function checkKey({ type, key }: Pick<L7Rule, 'type' | 'key'>, report: FaultReport): void {
  if (!KEYED.includes(type)) {
    if (key !== null) {
      report(['key'], {
        message: `${type} rules have no key`,
        suggestion: `leave it out: it is for ${KEYED.join(', ')}`,
        part: 'key',
      });
    }
    return;
  }
  if (key === null) {
    report([], { code: 'missing', message: 'key is missing', suggestion: `add key: ${type} rules need it` });
  } else if (!(type === 'SSL_DN_FIELD' ? DN_FIELD : TOKEN).test(key)) {
    report(['key'], { message: `${JSON.stringify(key)} is not accepted`, suggestion: 'write letters, digits and -' });
  }
}
