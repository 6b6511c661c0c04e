/**
 * Policies by EXACTNESS: one look-up finds the policy of a request among any number. A domain is looked up with the path behind it in a
 * tree of prefixes that gives the longest one. An exact path has a `?` behind it, which no path contains and every look-up ends with, so
 * it is longer than any prefix of it. Domains are tried from the most exact one: the host, its suffixes from the longest, any host.
 *
 * What is found is an action, see `actions.ts`. Where a domain has regular expressions, its shortest prefix, `/`, has a `?` in front
 * of its action, or nothing but that: then they are looked at first.
 */

import { boundedPattern } from '../../model/patterns.js';
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

/** Stands where a domain has no prefix `/`, for what {@link Lookups} has besides the tree. */
const UNDECIDED = '';

/** What requests are compared with. */
interface Lookups {
  /** Key of a domain and path to action, or {@link UNDECIDED}. */
  tree: Map<string, string>;
  /** In the order of their positions. */
  expressions: [key: string, pattern: string, action: string][];
  /** Where nothing else of a domain matches: its key to action. */
  otherwise: Map<string, string>;
  hasHosts: boolean;
  hasAny: boolean;
  /** Keys of suffixes. */
  suffixes: Set<string>;
}

/** @param actionOf what the map says for a policy */
export function exactnessLines(listener: Listener, actionOf: ActionOf): PolicyLines {
  const lookups = lookupsOf(listener.l7policies, actionOf);
  const { expressions, hasHosts, hasAny, suffixes } = lookups;
  if (!hasHosts && !hasAny && suffixes.size === 0) {
    return { lines: [], maps: new Map() };
  }
  const maps = new Map([[listenerName(listener), treeLines(lookups)]]);
  if (expressions.length > 0) {
    maps.set(
      expressionsName(listener),
      expressions.map((one) => expressionLine(...one)),
    );
  }
  const stage: Stage = (key, condition) => stageLines(listener, key, condition ?? '', expressions.length > 0);
  const lines = [
    ...(hasHosts || suffixes.size > 0 ? [SET_HOST] : []),
    'http-request set-var(txn.path) path',
    ...(hasHosts ? [...stage('var(txn.host)'), IF_POOL] : []),
    ...suffixLines([...suffixes], stage),
    ...(hasAny ? stage(`str(${ANY})`) : []),
    ...ACTION_LINES,
  ];
  return { lines, maps };
}

/** Where a policy is looked up. */
interface Place {
  /** Of its domain: a host, a suffix with `.` or `~` in front, `*`; undefined: no request meets it. */
  key: string | undefined;
  hostKind: NonNullable<Exactness['host']>['kind'] | undefined;
  /** Key in the tree. */
  leaf: string | undefined;
  /** Regular expression that its paths match; undefined with `leaf` undefined: any path. */
  pattern: string | undefined;
}

/** Of policies that stay as they are: one among ten thousand that changes costs as much as it should. */
const places = new WeakMap<L7Policy, Place>();
const NOWHERE: Place = { key: undefined, hostKind: undefined, leaf: undefined, pattern: undefined };

function placeOf(policy: L7Policy): Place {
  let place = places.get(policy);
  if (!place) {
    const exactness = policy.admin_state_up ? exactnessOf(policy) : undefined;
    place = exactness ? placeIn(exactness) : NOWHERE;
    places.set(policy, place);
  }
  return place;
}

function placeIn({ host, path }: Exactness): Place {
  const key = keyOf(host);
  if (key === undefined || path === null || path.kind === 'regex') {
    return { key, hostKind: host?.kind, leaf: undefined, pattern: path?.value };
  }
  if (!PATH.test(path.value) || /[?#]/.test(path.value)) {
    return NOWHERE;
  }
  const leaf = `${key}${path.value}${path.kind === 'exact' ? '?' : ''}`;
  return { key, hostKind: host?.kind, leaf, pattern: undefined };
}

function lookupsOf(policies: readonly L7Policy[], actionOf: ActionOf): Lookups {
  const lookups: Lookups = {
    tree: new Map(),
    expressions: [],
    otherwise: new Map(),
    hasHosts: false,
    hasAny: false,
    suffixes: new Set(),
  };
  for (const policy of policies) {
    const { key, hostKind, leaf, pattern } = placeOf(policy);
    if (key === undefined) {
      continue;
    }
    lookups.hasHosts ||= hostKind === 'exact';
    lookups.hasAny ||= hostKind === undefined;
    if (hostKind === 'suffix') {
      lookups.suffixes.add(key);
    }
    if (leaf !== undefined) {
      addFirst(lookups.tree, leaf, actionOf(policy));
      continue;
    }
    if (pattern !== undefined) {
      lookups.expressions.push([key, pattern, actionOf(policy)]);
    } else {
      addFirst(lookups.otherwise, key, actionOf(policy));
    }
    addFirst(lookups.tree, `${key}/`, UNDECIDED);
  }
  return lookups;
}

/** Of policies about the same the first one counts. */
function addFirst(map: Map<string, string>, key: string, action: string): void {
  const before = map.get(key);
  if (before === undefined || before === UNDECIDED) {
    map.set(key, action);
  }
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

/** In the order of the policies: one more is one line more at the end. */
function treeLines({ tree, expressions, otherwise }: Lookups): string[] {
  const expressive = new Set(expressions.map(([key]) => key));
  return Array.from(tree, ([leaf, action]) => {
    const key = leaf.slice(0, -1);
    const found = action === UNDECIDED ? `${expressive.has(key) ? '?' : ''}${otherwise.get(key) ?? ''}` : action;
    return `${leaf} ${found}`;
  });
}

/** Matched with the domain, a line end and the path: `^` and `$` of people's expressions are begin and end of the second line. */
function expressionLine(key: string, pattern: string, action: string): string {
  const expression = `(?m)\\A${escapeRegex(key)}\\n.*?(?:${withoutBlanks(pattern)})`;
  return `${boundedPattern(expression)} ${action}`;
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
