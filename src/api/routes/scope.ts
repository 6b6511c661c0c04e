/** What a caller sees: everything of its project, and of all projects with a role that reaches beyond one. */
import { canSee } from '../../control/access.js';
import { type Located, locateKind } from '../../control/lookup.js';
import { type KindName, notFound } from '../../control/refusals.js';
import type { TreeKind } from '../../control/tree-index.js';
import { SluiceError } from '../../model/errors.js';
import type { LoadBalancer } from '../../model/resources.js';
import type { ApiRequest } from '../http/route.js';
import type { Query } from '../list/query.js';

type Asked = Pick<ApiRequest, 'control' | 'caller' | 'query'>;

/**
 * The project a list is narrowed to by `project_id`, or by `tenant_id`, which is its old name; undefined: all that the caller sees.
 * @throws SluiceError `permission_denied` for a project that the caller may not see
 */
export function projectFilter({ caller, query }: Pick<Asked, 'caller' | 'query'>): string | undefined {
  const project = single(query, 'project_id') ?? single(query, 'tenant_id');
  if (project !== undefined && !canSee(caller, project)) {
    throw new SluiceError(
      'permission_denied',
      `Policy does not allow this request to be performed. Your token is not for project ${project}; leave project_id out`,
    );
  }
  return project;
}

function single(query: Query, name: string): string | undefined {
  const value = query[name];
  return typeof value === 'string' ? value : undefined;
}

/** Objects of projects that the caller sees. @throws SluiceError as {@link projectFilter} */
export function visible<T extends { project_id: string }>(asked: Asked, objects: Iterable<T>): T[] {
  const project = projectFilter(asked);
  const seen = new Map<string, boolean>();
  const sees = (id: string): boolean => {
    const known = seen.get(id) ?? ((project === undefined || id === project) && canSee(asked.caller, id));
    seen.set(id, known);
    return known;
  };
  return [...objects].filter(({ project_id }) => sees(project_id));
}

export function visibleLoadBalancers(asked: Asked): LoadBalancer[] {
  return visible(asked, asked.control.state.loadbalancers);
}

/** An object of the tree. @throws SluiceError `not_found` when there is none, or the caller does not see its project */
export function find<K extends TreeKind>({ control, caller }: Asked, kind: K, id: string): Located<K> {
  const located = locateKind(control.state, kind, id);
  if (!located || !canSee(caller, located.object.project_id)) {
    throw notFound(kind, id);
  }
  return located;
}

/** An object beside the tree. @throws SluiceError `not_found` as {@link find} */
export function findFlat<T>(objects: ReadonlyMap<string, T>, kind: KindName, id: string): T {
  const object = objects.get(id);
  if (!object) {
    throw notFound(kind, id);
  }
  return object;
}

/** An object beside the tree that belongs to a project. @throws SluiceError `not_found` as {@link find} */
export function findOwn<T extends { project_id: string }>(
  { caller }: Pick<Asked, 'caller'>,
  objects: ReadonlyMap<string, T>,
  kind: KindName,
  id: string,
): T {
  const object = findFlat(objects, kind, id);
  if (!canSee(caller, object.project_id)) {
    throw notFound(kind, id);
  }
  return object;
}
