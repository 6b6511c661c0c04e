/** What the fields of policies and rules mean to each other. Empty values stand for ones that had a fault of their own. */
import type { L7Policy, L7PolicyAction, L7Rule, L7RuleType, ListenerProtocol } from '../model/resources.js';
import { type FaultDetail, type FaultReport, withArticle } from './faults.js';
import { isHttp } from './listener-rules.js';

type Target = 'redirect_pool_id' | 'redirect_url' | 'redirect_prefix' | 'redirect_http_code';

/** What each action takes; the first must be there. */
const TARGETS: Record<L7PolicyAction, readonly Target[]> = {
  REJECT: [],
  REDIRECT_TO_POOL: ['redirect_pool_id'],
  REDIRECT_TO_URL: ['redirect_url', 'redirect_http_code'],
  REDIRECT_PREFIX: ['redirect_prefix', 'redirect_http_code'],
};
const ALL_TARGETS: readonly Target[] = ['redirect_pool_id', 'redirect_url', 'redirect_prefix', 'redirect_http_code'];
const DEFAULT_CODE = 302;

const KEYED: readonly L7RuleType[] = ['HEADER', 'COOKIE', 'SSL_DN_FIELD'];
/** Types that are compared in fewer ways than all. */
const COMPARISONS: Partial<Record<L7RuleType, readonly L7Rule['compare_type'][]>> = {
  FILE_TYPE: ['EQUAL_TO', 'REGEX'],
  SSL_CONN_HAS_CERT: ['EQUAL_TO'],
  SSL_VERIFY_RESULT: ['EQUAL_TO'],
};
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DN_FIELD = /^[a-zA-Z][a-zA-Z0-9-]*$/;

type CheckedPolicy = Pick<L7Policy, 'action' | Target>;

/** The code of a redirect that names none. */
export function completePolicy<T extends Pick<L7Policy, 'action' | 'redirect_http_code'>>(policy: T): T {
  const takesCode = TARGETS[policy.action]?.includes('redirect_http_code');
  return takesCode && policy.redirect_http_code === null ? { ...policy, redirect_http_code: DEFAULT_CODE } : policy;
}

/** The policy without the targets that its action does not take, for an action that was changed. */
export function dropTargets<T extends CheckedPolicy>(policy: T, kept: ReadonlySet<string>): T {
  const takes = TARGETS[policy.action];
  const dropped = ALL_TARGETS.filter((field) => !takes.includes(field) && !kept.has(field));
  return { ...policy, ...Object.fromEntries(dropped.map((field) => [field, null])) };
}

/**
 * Every rule of a policy that needs no other object.
 * @param poolField where its pool was written: `redirect_pool` in trees, where `redirect_pool_id` stands for it
 */
export function checkPolicy(policy: CheckedPolicy, report: FaultReport, poolField = 'redirect_pool_id'): void {
  const takes = TARGETS[policy.action];
  if (!takes) {
    return;
  }
  const nameOf = (field: Target): string => (field === 'redirect_pool_id' ? poolField : field);
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
  if (compare_type === 'REGEX' && !isRegularExpression(value)) {
    report(['value'], {
      message: `${JSON.stringify(value)} is not a regular expression`,
      suggestion: 'close every ( and [, and put \\ in front of those that stand for themselves',
    });
  }
  if (type === 'SSL_CONN_HAS_CERT' && value.toLowerCase() !== 'true') {
    report(['value'], {
      message: `${value} is not compared with`,
      suggestion: 'write true, and invert: true for false',
    });
  }
  if (type === 'SSL_VERIFY_RESULT' && !/^\d{1,5}$/.test(value)) {
    report(['value'], { message: `${value} is not a result`, suggestion: "write OpenSSL's number, 0 for success" });
  }
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

/**
 * Whether a text can be a regular expression of PCRE. Its dialect differs from JavaScript's; what is wrong in both is refused here, the
 * rest by whoever runs it.
 */
function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch (error) {
    return !/unterminated|unmatched '\)'|\\ at end/i.test((error as Error).message);
  }
}
