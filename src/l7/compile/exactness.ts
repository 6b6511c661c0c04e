/**
 * Policies by EXACTNESS: one look-up finds the policy of a request among any number. A domain is looked up with the path behind it in a
 * tree of prefixes that gives the longest one. An exact path has a `?` behind it, which no path contains and every look-up ends with, so
 * it is longer than any prefix of it. Domains are tried from the most exact one: the host, its suffixes from the longest, any host.
 *
 * What is found is an action, see `actions.ts`. Where a domain has regular expressions, its shortest prefix, `/`, has a `?` in front
 * of its action, or nothing but that: then they are looked at first.
 */

import { type Exactness, exactnessOf } from '../../model/policy-order.js';
import type { L7Policy, Listener } from '../../model/resources.js';
import { ACTION_LINES, type ActionOf, IF_POOL } from './actions.js';
import { expressionsName, listenerName, mapPath } from './names.js';
import { sample, word } from './text.js';

export interface PolicyLines {
  lines: string[];
  /** Name to lines. */
  maps: Map<string, string[]>;
}

/** Any host. */
const ANY = '*';
/** Lower case, without port and the last dot. A host cannot hold a `/`: the path would begin there. */
const SET_HOST = 'http-request set-var(txn.host) req.hdr(host),host_only,rtrim(.),field(1,/)';
/** Labels of suffixes that are looked up although no policy has so many: the next one with them is only a line of the map. */
const USUAL_LABELS = [2, 3];
/** In front of a suffix that may begin within a label. */
const WITHIN = '~';
/** What requests can have. A host that began like the key of suffixes or of any host would be taken for it. */
const HOST = /^[!-~]+$/;
const NO_HOST = /[/?#]|^[.~*]/;
const PATH = /^\/[!-~]*$/;

/** Policies of one domain. */
interface Domain {
  /** Key of the tree, without its domain, to action. */
  entries: Map<string, string>;
  expressions: [pattern: string, action: string][];
  /** Where nothing else matches. */
  otherwise: string | undefined;
}

/** The policies of a listener that requests can meet. */
interface Domains {
  /** By the key of the domain: a host, a suffix with `.` or `~` in front, `*`. */
  all: Map<string, Domain>;
  hasHosts: boolean;
  /** Keys of suffixes. */
  suffixes: string[];
}

/** @param actionOf what the map says for a policy */
export function exactnessLines(listener: Listener, actionOf: ActionOf): PolicyLines {
  const { all, hasHosts, suffixes } = domainsOf(listener.l7policies, actionOf);
  if (all.size === 0) {
    return { lines: [], maps: new Map() };
  }
  const maps = new Map([[listenerName(listener), [...all].flatMap(([key, domain]) => treeLines(key, domain))]]);
  const hasExpressions = [...all.values()].some(({ expressions }) => expressions.length > 0);
  if (hasExpressions) {
    const lines = [...all].flatMap(([key, { expressions }]) => expressions.map((one) => expressionLine(key, ...one)));
    maps.set(expressionsName(listener), lines);
  }
  const stage: Stage = (key, condition) => stageLines(listener, key, condition ?? '', hasExpressions);
  const lines = [
    ...(hasHosts || suffixes.length > 0 ? [SET_HOST] : []),
    'http-request set-var(txn.path) path',
    ...(hasHosts ? [...stage('var(txn.host)'), IF_POOL] : []),
    ...suffixLines(suffixes, stage),
    ...(all.has(ANY) ? stage(`str(${ANY})`) : []),
    ...ACTION_LINES,
  ];
  return { lines, maps };
}

/** Where a policy is looked up. */
interface Place {
  /** Key of its domain; undefined: no request meets it. */
  key: string | undefined;
  hostKind: NonNullable<Exactness['host']>['kind'] | undefined;
  path: Exactness['path'];
}

/** Of policies that stay as they are: one among ten thousand that changes costs as much as it should. */
const places = new WeakMap<L7Policy, Place>();

function placeOf(policy: L7Policy): Place {
  let place = places.get(policy);
  if (!place) {
    const exactness = policy.admin_state_up ? exactnessOf(policy) : undefined;
    const host = exactness?.host ?? null;
    place = { key: exactness && keyOf(host), hostKind: host?.kind, path: exactness?.path ?? null };
    places.set(policy, place);
  }
  return place;
}

function domainsOf(policies: readonly L7Policy[], actionOf: ActionOf): Domains {
  const domains: Domains = { all: new Map(), hasHosts: false, suffixes: [] };
  for (const policy of policies) {
    const { key, hostKind, path } = placeOf(policy);
    if (key === undefined) {
      continue;
    }
    let domain = domains.all.get(key);
    if (!domain) {
      domain = { entries: new Map(), expressions: [], otherwise: undefined };
      domains.all.set(key, domain);
      domains.hasHosts ||= hostKind === 'exact';
      if (hostKind === 'suffix') {
        domains.suffixes.push(key);
      }
    }
    addPolicy(domain, path, actionOf(policy));
  }
  return domains;
}

/** As look-ups see it: without port and without the dot of an absolute name. Undefined: no request has such a host. */
function keyOf(host: Exactness['host']): string | undefined {
  if (host === null) {
    return ANY;
  }
  const value = host.value.replace(/:\d*$/, '').replace(/\.+$/, '');
  const isLabels = value.startsWith('.');
  const name = host.kind === 'suffix' && isLabels ? value.slice(1) : value;
  if (!HOST.test(name) || NO_HOST.test(name)) {
    return undefined;
  }
  return host.kind === 'exact' || isLabels ? value : `${WITHIN}${value}`;
}

/** The first policy that is about a path stays. */
function addPolicy(domain: Domain, path: Exactness['path'], action: string): void {
  if (path === null) {
    domain.otherwise ??= action;
  } else if (path.kind === 'regex') {
    domain.expressions.push([path.value, action]);
  } else if (PATH.test(path.value) && !/[?#]/.test(path.value)) {
    const key = path.kind === 'exact' ? `${path.value}?` : path.value;
    domain.entries.set(key, domain.entries.get(key) ?? action);
  }
}

function treeLines(key: string, { entries, expressions, otherwise }: Domain): string[] {
  const lines = [...entries].map(([path, action]) => `${key}${path} ${action}`);
  const rest = `${expressions.length > 0 ? '?' : ''}${otherwise ?? ''}`;
  return rest === '' || entries.has('/') ? lines : [...lines, `${key}/ ${rest}`];
}

/** Matched with the domain, a line end and the path: `^` and `$` of people's expressions are begin and end of the second line. */
function expressionLine(key: string, pattern: string, action: string): string {
  return `(?m)\\A${escapeRegex(key)}\\n.*?(?:${withoutBlanks(pattern)}) ${action}`;
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&');
}

/** Keys of maps end at a blank. */
function withoutBlanks(pattern: string): string {
  return pattern.replaceAll(/\\.| /gs, (found) => (found.endsWith(' ') ? '\\x20' : found));
}

/** Lines that look for a policy of one domain. @param key expression of its key, @param condition another one that it needs */
type Stage = (key: string, condition?: string) => string[];

/** Unless a more exact domain had a policy for the request. */
function stageLines(listener: Listener, key: string, condition: string, hasExpressions: boolean): string[] {
  const tree = `concat(,txn.path,?),map_beg(${mapPath(listenerName(listener))})`;
  const lines = [`http-request set-var(txn.policy) ${key},${tree} if !{ var(txn.policy) -m found }${condition}`];
  if (hasExpressions) {
    const expressions = `concat("\\n",txn.path),map_reg(${mapPath(expressionsName(listener))})`;
    const undecided = 'if { var(txn.policy) -m beg ? }';
    lines.push(
      `http-request set-var(txn.policy) ${key},${expressions} ${undecided}`,
      'http-request unset-var(txn.policy) if { var(txn.policy) -m str ? }',
      `http-request set-var(txn.policy) var(txn.policy),ltrim(?) ${undecided}`,
    );
  }
  return lines;
}

/**
 * Suffixes of whole labels are looked up by their number of labels. One that may begin within a label, `-api.example.com`, has to be
 * compared; then all are, from the longest.
 */
function suffixLines(suffixes: readonly string[], stage: Stage): string[] {
  if (suffixes.length === 0) {
    return [];
  }
  if (suffixes.every((key) => !key.startsWith(WITHIN) && !key.includes('..'))) {
    const counts = suffixes.map((key) => key.split('.').length - 1);
    const labels = [...new Set([...counts, ...USUAL_LABELS])].sort((a, b) => b - a);
    return [
      'http-request set-var(txn.parent) var(txn.host),field(2,.,0)',
      ...labels.flatMap((count) => [
        `http-request set-var(txn.suffix) var(txn.parent),field(-1,.,${count})`,
        ...stage('str(.),concat(,txn.suffix)'),
      ]),
    ];
  }
  const compared = suffixes.map((key) => ({ key, end: key.startsWith(WITHIN) ? key.slice(WITHIN.length) : key }));
  compared.sort((a, b) => b.end.length - a.end.length || (a.end < b.end ? -1 : 1));
  return compared.flatMap(({ key, end }) =>
    stage(word(sample('str', key)), ` { var(txn.host) -m end -- ${word(end)} }`),
  );
}
