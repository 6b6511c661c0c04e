/** How many objects a project may have (LB-7). */
import { isDeepStrictEqual } from 'node:util';
import { SluiceError } from '../model/errors.js';
import type { LoadBalancer } from '../model/resources.js';
import { QUOTA_RESOURCES, type Quota, type QuotaResource, type State } from '../model/state.js';
import { isOperator } from './access.js';
import { withEntry } from './edit.js';
import { countOf } from './lookup.js';
import type { Context, Operation } from './operation.js';
import { KIND_NAMES } from './refusals.js';

/** -1: no limit. */
export type Limits = Record<QuotaResource, number>;

/** The limits of a project that has none of its own. */
export const DEFAULT_QUOTAS: Readonly<Limits> = {
  loadbalancer: 50,
  listener: 100,
  pool: -1,
  member: -1,
  healthmonitor: -1,
  l7policy: -1,
  l7rule: -1,
  certificate: 100,
};

/** Listeners of one load balancer, as long as its project has no listener quota of its own. */
export const DEFAULT_LISTENERS_PER_LOADBALANCER = 50;

/** The limits of a project, the defaults filled in. */
export function quotaOf(state: Pick<State, 'quotas'>, projectId: string): Limits {
  const { project_id: _, ...own } = state.quotas.get(projectId) ?? { project_id: projectId };
  return { ...DEFAULT_QUOTAS, ...own };
}

type HasResources = Pick<State, 'loadbalancers' | 'certificates'>;

/** How many of each a project has. */
export function usageOf(state: HasResources, projectId: string): Record<QuotaResource, number> {
  return Object.fromEntries(QUOTA_RESOURCES.map((resource) => [resource, usage(state, resource, projectId)])) as Record<
    QuotaResource,
    number
  >;
}

function usage(state: HasResources, resource: QuotaResource, projectId: string): number {
  if (resource !== 'certificate') {
    return countOf(state, resource, projectId);
  }
  return [...state.certificates.values()].filter(({ project_id }) => project_id === projectId).length;
}

/**
 * Sets limits of a project; -1 is no limit, null the default. Limits below what exists are taken: nothing is removed, nothing more can
 * be created.
 */
export function setQuota(projectId: string, patch: Partial<Record<QuotaResource, number | null>>): Operation<Limits> {
  return ({ state }) => {
    const quota: Quota = { ...(state.quotas.get(projectId) ?? { project_id: projectId }) };
    for (const resource of QUOTA_RESOURCES) {
      const limit = patch[resource];
      if (limit === null) {
        delete quota[resource];
      } else if (limit !== undefined) {
        quota[resource] = limit;
      }
    }
    const none = QUOTA_RESOURCES.every((resource) => quota[resource] === undefined);
    const next = withQuota(state, projectId, none ? undefined : quota);
    return { state: next, result: quotaOf(next, projectId) };
  };
}

/** Gives a project the defaults again. */
export function deleteQuota(projectId: string): Operation<void> {
  return ({ state }) => ({ state: withQuota(state, projectId, undefined), result: undefined });
}

function withQuota(state: State, projectId: string, quota: Quota | undefined): State {
  return isDeepStrictEqual(state.quotas.get(projectId), quota)
    ? state
    : { ...state, quotas: withEntry(state.quotas, projectId, quota) };
}

/**
 * Refuses what takes a project above a limit. Limits set for a project bind everybody; the defaults do not bind the operator, whose
 * files may describe a large gateway.
 * @throws SluiceError `quota_exceeded`
 */
export function enforceQuota(context: Context, next: State, projectId: string): void {
  const limits = isOperator(context.caller) ? next.quotas.get(projectId) : quotaOf(next, projectId);
  if (!limits) {
    return;
  }
  for (const resource of QUOTA_RESOURCES) {
    const limit = limits[resource] ?? -1;
    const after = limit < 0 ? 0 : usage(next, resource, projectId);
    const before = after > limit ? usage(context.state, resource, projectId) : after;
    if (after > before) {
      throw exceeded(KIND_NAMES[resource], `Project ${projectId} has ${before} and may have ${limit}`);
    }
  }
}

type HasListeners = Pick<LoadBalancer, 'id' | 'project_id' | 'listeners'>;

/**
 * @param before what the load balancer was; undefined: it is new
 * @throws SluiceError `quota_exceeded` when it gets more listeners than one may have
 */
export function enforceListenerLimit(context: Context, now: HasListeners, before: HasListeners | undefined): void {
  const ownLimit = context.state.quotas.get(now.project_id)?.listener;
  const most = Math.max(DEFAULT_LISTENERS_PER_LOADBALANCER, before?.listeners.length ?? 0);
  if (ownLimit === undefined && now.listeners.length > most && !isOperator(context.caller)) {
    const limit = DEFAULT_LISTENERS_PER_LOADBALANCER;
    throw exceeded(
      KIND_NAMES.listener,
      `Load balancer ${now.id} may have ${limit} as long as its project has no listener quota`,
    );
  }
}

function exceeded(resource: string, detail: string): SluiceError {
  return new SluiceError(
    'quota_exceeded',
    `Quota has been met for resources: ${resource}. ${detail}; delete some, or ask an administrator for a larger quota`,
  );
}
