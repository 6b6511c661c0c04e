/** What has to hold between requests, answers, what the API shows and what the store holds. */
import { expect } from 'vitest';
import type { AuditEntry, StoredKind, StoredObject } from '../../src/store/store.js';
import type { Answer, Configuration, Json, Request } from './api-client.js';

/** Kinds that count against quotas, by the API's lists. */
const COUNTED: Record<string, keyof Configuration> = {
  loadbalancer: 'loadbalancers',
  listener: 'listeners',
  pool: 'pools',
  member: 'members',
  healthmonitor: 'healthmonitors',
  l7policy: 'l7policies',
  l7rule: 'rules',
  certificate: 'certificates',
};

/** Kinds of rows. */
const KINDS: Partial<Record<StoredKind, keyof Configuration>> = {
  ...COUNTED,
  flavor: 'flavors',
  flavorprofile: 'flavorprofiles',
  availabilityzone: 'availability_zones',
  availabilityzoneprofile: 'availability_zone_profiles',
  quota: 'quotas',
  accesslist: 'accesslists',
  publicaddress: 'publicaddresses',
};

/** No defect, and a refusal that clients can read. @param faults statuses that are expected of a fault the test has made */
export function expectReadable(request: Request, answer: Answer, faults: readonly number[] = []): void {
  const { status, body, text } = answer;
  const defect = status >= 500 && status !== 501 && !faults.includes(status);
  expect([request, defect ? text : '']).toEqual([request, '']);
  if (status >= 400) {
    const faultcode = status < 500 || status === 501 ? 'Client' : 'Server';
    expect([request, body]).toEqual([request, expect.objectContaining({ faultcode, faultstring: expect.any(String) })]);
    expect(body.faultstring).not.toMatch(/\n| at .*\.js:/);
  }
}

/** What was asked is in the audit as it was answered, unless it changes nothing or leads nowhere. @param entries newest first */
export function expectAudited(
  { method, path }: Request,
  { status, headers }: Answer,
  entries: readonly AuditEntry[],
): void {
  const [newest] = entries.filter((entry) => entry.request_id === headers['x-openstack-request-id']);
  const kept = method !== 'GET' && !path.includes('dry_run=true') && ![400, 404, 405, 415].includes(status);
  if (newest || kept) {
    expect([method, path, newest]).toMatchObject([
      method,
      path,
      { status, outcome: status < 400 ? 'success' : 'failure' },
    ]);
  }
}

/** A refusal has changed nothing, a success what it says. */
export function expectEffect(request: Request, answer: Answer, before: Configuration, after: Configuration): void {
  if (answer.status >= 400 || request.method === 'GET' || request.path.includes('dry_run=true')) {
    expect([request, answer.text, withoutStatuses(after)]).toEqual([request, answer.text, withoutStatuses(before)]);
    return;
  }
  const objects = Object.values(after).flat();
  const [root = '', written = {}] = Object.entries((request.body ?? {}) as Json)[0] ?? [];
  const answered = answer.body?.[root];
  if (!Array.isArray(answered) && answered?.id !== undefined) {
    const shown = objects.find(({ id }) => id === answered.id);
    expect([request, plainFields(answered, shown)]).toEqual([request, plainFields(shown, answered)]);
    const wanted = plainFields(written, shown);
    expect([request, wanted]).toEqual([request, plainFields(shown, wanted)]);
  }
  if (request.method === 'DELETE' && !request.path.includes('/quotas/')) {
    const key = decodeURIComponent(request.path.split('?')[0]!.split('/').at(-1)!);
    expect([request, objects.filter(({ id, name }) => (id ?? name) === key)]).toEqual([request, []]);
  }
}

/** Fields that both have and that are no lists or objects. Policies are put where there is room for them. */
function plainFields(object: Json, other: Json): Json {
  const both = Object.entries(object ?? {}).filter(([name, value]) => {
    return value !== null && typeof value !== 'object' && other?.[name] !== undefined && name !== 'position';
  });
  // Numbers may be written as texts.
  return Object.fromEntries(both.map(([name, value]) => [name, String(value)]));
}

const STATUSES = ['provisioning_status', 'operating_status', 'status_reason'];

/** The configuration alone, without what the data plane and health checks make of it. */
export function withoutStatuses(configuration: Configuration): Configuration {
  const strip = (object: Json) =>
    Object.fromEntries(Object.entries(object).filter(([name]) => !STATUSES.includes(name)));
  return Object.fromEntries(
    Object.entries(configuration).map(([kind, list]) => [kind, list.map(strip)]),
  ) as Configuration;
}

/** The store holds what the API shows, object by object and field by field, and nothing else. */
export function expectStored(stored: readonly StoredObject[], configuration: Configuration): void {
  for (const [kind, list] of Object.entries(KINDS) as [StoredKind, keyof Configuration][]) {
    const shown = new Map(configuration[list].map((object) => [keyOf(kind, object), object]));
    const rows = stored.filter((row) => row.kind === kind);
    expect([kind, rows.map(({ id }) => id).sort()]).toEqual([kind, [...shown.keys()].sort()]);
    for (const { id, parent, document } of rows) {
      const object = shown.get(id)!;
      const named = Object.keys(document as object).filter((name) => name in object);
      const pick = (from: Json) => Object.fromEntries(named.map((name) => [name, from[name]]));
      expect([kind, pick(document)]).toEqual([kind, pick(object)]);
      if (parent !== null) {
        expect([kind, parentsOf(object, configuration)]).toEqual([kind, expect.arrayContaining([parent])]);
      }
    }
  }
  const ordered = [...configuration.loadbalancers, ...configuration.pools, ...configuration.l7policies];
  for (const { id, listeners, pools, members, rules } of ordered) {
    const below = (kind: StoredKind) =>
      stored.filter((row) => row.kind === kind && row.parent === id).map((row) => row.id);
    const ids = (children: Json[] = []) => children.map((child) => child.id);
    const shown = members ? [ids(members)] : rules ? [ids(rules)] : [ids(listeners), ids(pools)];
    const kept = members ? [below('member')] : rules ? [below('l7rule')] : [below('listener'), below('pool')];
    expect(kept).toEqual(shown);
  }
}

function keyOf(kind: StoredKind, object: Json): string {
  return kind === 'quota' ? object.project_id : kind === 'availabilityzone' ? object.name : object.id;
}

/** Ids of what an object is below. */
function parentsOf(object: Json, { pools }: Configuration): string[] {
  const { loadbalancers = [], listener_id, pool_id, l7policy_id } = object;
  const checked = pools.filter(({ healthmonitor_id }) => healthmonitor_id === object.id).map(({ id }) => id);
  return [...loadbalancers.map(({ id }: Json) => id), listener_id, pool_id, l7policy_id, ...checked].filter(Boolean);
}

/** What a project has grown by is within its limits. */
export function expectWithinQuotas(before: Configuration, after: Configuration): void {
  for (const quota of after.quotas) {
    const { project_id } = quota;
    const count = (configuration: Configuration, kind: string) =>
      configuration[COUNTED[kind]!].filter((object) => object.project_id === project_id).length;
    const exceeded = Object.keys(COUNTED).filter((kind) => {
      const now = count(after, kind);
      return quota[kind] >= 0 && now > quota[kind] && now > count(before, kind);
    });
    expect([project_id, exceeded]).toEqual([project_id, []]);
  }
}

export interface DataPlaneState {
  /** Whether it refuses changes; default no. */
  failing?: boolean;
  /** Whether there is one; default yes. */
  reporting?: boolean;
}

/** Statuses follow from each other and from what is switched off. */
export function expectTruthfulStatuses(
  configuration: Configuration,
  { failing = false, reporting = true }: DataPlaneState,
): void {
  const { loadbalancers, listeners, pools, members } = configuration;
  const wrong: Json[] = [];
  const require = (object: Json, status: string) => {
    const wanted = reporting || 'pool_id' in object ? status : 'OFFLINE';
    if (object.operating_status !== wanted) {
      wrong.push({ wanted, object });
    }
  };
  for (const pool of pools) {
    const own = members.filter(({ pool_id }) => pool_id === pool.id);
    for (const each of own.filter((one) => !one.admin_state_up || !pool.admin_state_up)) {
      require(each, 'OFFLINE');
    }
    require(pool, poolStatus(pool, own));
  }
  for (const loadbalancer of loadbalancers) {
    const own = listeners.filter((one) => one.loadbalancers[0].id === loadbalancer.id);
    const statuses = own.map((listener) => listenerStatus(loadbalancer, listener, configuration));
    own.forEach((listener, index) => {
      require(listener, statuses[index]!);
    });
    require(loadbalancer, loadBalancerStatus(loadbalancer, statuses));
  }
  expect(wrong).toEqual([]);
  const provisioned = [...loadbalancers, ...listeners, ...pools, ...members].map((one) => one.provisioning_status);
  expect([...new Set(provisioned)]).toEqual(provisioned.length === 0 ? [] : [failing ? 'ERROR' : 'ACTIVE']);
  for (const { status_reason } of loadbalancers) {
    expect(status_reason).toEqual(failing ? expect.stringMatching(/./) : null);
  }
}

function poolStatus({ admin_state_up }: Json, members: Json[]): string {
  const having = (...statuses: string[]) => members.filter((one) => statuses.includes(one.operating_status)).length;
  if (!admin_state_up) {
    return 'OFFLINE';
  }
  if (members.length > 0 && having('ONLINE', 'NO_MONITOR') === 0) {
    return 'ERROR';
  }
  return having('ERROR') > 0 ? 'DEGRADED' : 'ONLINE';
}

/** Every pool that it may send requests to counts, each once. */
function listenerStatus(loadbalancer: Json, listener: Json, { pools, l7policies }: Configuration): string {
  const policies = l7policies.filter(({ listener_id }) => listener_id === listener.id);
  const ids = [listener.default_pool_id, ...policies.map(({ redirect_pool_id }) => redirect_pool_id)];
  const used = pools.filter(({ id }) => ids.includes(id));
  if (!loadbalancer.admin_state_up || !listener.admin_state_up) {
    return 'OFFLINE';
  }
  return wholeStatus(used.map((pool) => (pool.admin_state_up ? pool.operating_status : 'ERROR')));
}

function loadBalancerStatus({ admin_state_up }: Json, statuses: string[]): string {
  return admin_state_up ? wholeStatus(statuses.filter((status) => status !== 'OFFLINE')) : 'OFFLINE';
}

function wholeStatus(parts: string[]): string {
  if (parts.length > 0 && parts.every((status) => status === 'ERROR')) {
    return 'ERROR';
  }
  return parts.some((status) => status !== 'ONLINE') ? 'DEGRADED' : 'ONLINE';
}
