/**
 * What policies do. By POSITION it stands in the section; by EXACTNESS a map says it in one word, so that it changes at run time:
 * the name of a backend, `reject`, or a redirect: its kind, its code and its target, such as `u302|https://www.example.com/`. No
 * URL has a `|`.
 */
import { type L7Policy, type Listener, REDIRECT_HTTP_CODES } from '../../model/resources.js';
import { formatWord, word } from './text.js';

/** The word of a map for a policy. */
export type ActionOf = (policy: L7Policy) => string;

/** What an action needs to know of the load balancer. */
export interface ActionTargets {
  /** Name of the backend of a pool as the listener uses it. */
  backendOf: (poolId: string) => string;
  /** Ports of its listeners, by id. */
  ports: ReadonlyMap<string, number>;
}

const REJECT = 'reject';
/** Kinds of redirects. */
const TO_URL = 'u';
const TO_PREFIX = 'q';
const TO_LISTENER = 's';
/** Where a backend has no name: HAProxy answers 503 for it. */
const NOWHERE = 'nowhere';
const HTTPS_PORT = 443;
/** A redirect to another port of the same host needs to know the host. */
const HAS_HOST = '{ req.hdr(host) -m found }';

/** Ends the look-up: no line after it is about a request that goes to a pool. */
export const IF_POOL = 'http-request allow if { var(txn.policy) -m beg p_ }';

/** Does what the map says. The many requests without a policy or with a pool look at one line. */
export const ACTION_LINES: readonly string[] = [
  'http-request allow if !{ var(txn.policy) -m found } || { var(txn.policy) -m beg p_ }',
  `http-request deny deny_status 403 if { var(txn.policy) -m str ${REJECT} }`,
  `http-request deny deny_status 503 if { var(txn.policy) -m str ${NOWHERE} }`,
  `http-request deny deny_status 400 if { var(txn.policy) -m beg ${TO_LISTENER} } !${HAS_HOST}`,
  ...REDIRECT_HTTP_CODES.flatMap((code) => {
    const target = '%[var(txn.policy),field(2,|,0)]';
    const is = (kind: string): string => `if { var(txn.policy) -m beg ${kind}${code}| }`;
    return [
      `http-request redirect location ${target} code ${code} ${is(TO_URL)}`,
      `http-request redirect prefix ${target} code ${code} ${is(TO_PREFIX)}`,
      `http-request redirect location ${sameHost(target)} code ${code} ${is(TO_LISTENER)}`,
    ];
  }),
];

/** Sends requests to the pools that policies chose. */
export const USE_POLICY = 'use_backend %[var(txn.policy)] if { var(txn.policy) -m found }';

/** The request's own URL with https and another port. @param port empty, or with its colon */
function sameHost(port: string): string {
  return `https://%[req.hdr(host),host_only,field(1,/)]${port}%[pathq]`;
}

function portOf(policy: L7Policy, { ports }: ActionTargets): string {
  const port = ports.get(policy.redirect_listener_id ?? '') ?? HTTPS_PORT;
  return port === HTTPS_PORT ? '' : `:${port}`;
}

function backendOf({ redirect_pool_id }: L7Policy, targets: ActionTargets): string | undefined {
  return redirect_pool_id === null ? undefined : targets.backendOf(redirect_pool_id);
}

/** A policy in one word. */
export function actionWord(policy: L7Policy, targets: ActionTargets): string {
  const code = policy.redirect_http_code;
  switch (policy.action) {
    case 'REJECT':
      return REJECT;
    case 'REDIRECT_TO_POOL':
      return backendOf(policy, targets) ?? NOWHERE;
    case 'REDIRECT_TO_URL':
      return `${TO_URL}${code ?? 302}|${policy.redirect_url}`;
    case 'REDIRECT_PREFIX':
      return `${TO_PREFIX}${code ?? 302}|${policy.redirect_prefix}`;
    case 'REDIRECT_TO_LISTENER':
      return `${TO_LISTENER}${code ?? 301}|${portOf(policy, targets)}`;
  }
}

/** A policy as lines. @param condition ` if …`, or empty: every request */
export function actionLines(policy: L7Policy, targets: ActionTargets, condition: string): string[] {
  const code = policy.redirect_http_code;
  switch (policy.action) {
    case 'REJECT':
      return [`http-request deny deny_status 403${condition}`];
    case 'REDIRECT_TO_POOL': {
      const backend = backendOf(policy, targets);
      return backend === undefined
        ? [`http-request deny deny_status 503${condition}`]
        : [`use_backend ${backend}${condition}`];
    }
    case 'REDIRECT_TO_URL':
      return [
        `http-request redirect location ${formatWord(policy.redirect_url ?? '')} code ${code ?? 302}${condition}`,
      ];
    case 'REDIRECT_PREFIX':
      return [
        `http-request redirect prefix ${formatWord(policy.redirect_prefix ?? '')} code ${code ?? 302}${condition}`,
      ];
    case 'REDIRECT_TO_LISTENER':
      return [
        `http-request deny deny_status 400${condition === '' ? ' if' : condition} !${HAS_HOST}`,
        `http-request redirect location ${word(sameHost(portOf(policy, targets)))} code ${code ?? 301}${condition}`,
      ];
  }
}

/** Octavia's order of policies that go by position: refusals, then redirects, then pools. */
export function rankOf({ action }: Pick<L7Policy, 'action'>): number {
  return action === 'REJECT' ? 0 : action === 'REDIRECT_TO_POOL' ? 2 : 1;
}

/** Pools that the policies in use of a listener send requests to. */
export function poolsOfPolicies({ l7policies }: Pick<Listener, 'l7policies'>): Set<string> {
  const pools = new Set<string>();
  for (const { admin_state_up, action, redirect_pool_id } of l7policies) {
    if (admin_state_up && action === 'REDIRECT_TO_POOL' && redirect_pool_id !== null) {
      pools.add(redirect_pool_id);
    }
  }
  return pools;
}
