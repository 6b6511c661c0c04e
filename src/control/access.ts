/** Who may see and change what. Roles that an action needs are the API's business; here is whose objects they are. */
import type { Caller, Role } from '../model/identity.js';
import type { LoadBalancer, Manager } from '../model/resources.js';
import { type Located, locateKind } from './lookup.js';
import type { Context } from './operation.js';
import { conflict, forbidden, immutable, type KindName, notFound } from './refusals.js';
import type { TreeKind } from './tree-index.js';

const ALL_PROJECTS: readonly Role[] = ['admin', 'load-balancer_admin'];

/** Whether a caller may know of objects of a project: of its own; of all as administrator or global observer. */
export function canSee(caller: Caller, projectId: string): boolean {
  return canChange(caller, projectId) || caller.roles.includes('load-balancer_global_observer');
}

/** Whether a project is the caller's to change objects in. A global observer sees all, and changes its own project's at most. */
export function canChange(caller: Caller, projectId: string): boolean {
  return caller.project?.id === projectId || caller.roles.some((role) => ALL_PROJECTS.includes(role));
}

/** Whether the caller is the operator of the gateway, on the Unix socket or by the host file, and no project's user. */
export function isOperator(caller: Caller): boolean {
  return caller.project === null && caller.roles.includes('admin');
}

/** @throws SluiceError `not_found` for what the caller may not know of, `permission_denied` for what it may see only */
export function requireOwn(caller: Caller, kind: KindName, object: { id: string; project_id: string }): void {
  if (!canSee(caller, object.project_id)) {
    throw notFound(kind, object.id);
  }
  if (!canChange(caller, object.project_id)) {
    throw forbidden(`It belongs to project ${object.project_id}; ask for a token of that project`);
  }
}

/** Name of the operator's project, and its id where projects are kept elsewhere. */
const OPERATORS_PROJECT = 'admin';

/** The project of a new object: the given one, else the caller's, else the local project `admin`, or the oldest where that was renamed. */
export function projectFor({ caller, state }: Context, given: string | undefined): string {
  if (given !== undefined) {
    if (!canChange(caller, given)) {
      throw forbidden(
        `Your token is not for project ${given}; leave project_id out, or ask for a token of that project`,
      );
    }
    return given;
  }
  if (caller.project) {
    return caller.project.id;
  }
  const projects = [...state.projects.values()];
  const project = projects.find(({ name }) => name === OPERATORS_PROJECT) ?? projects[0];
  return project?.id ?? OPERATORS_PROJECT;
}

/** What is going to happen to an object. */
export type Intent = 'change' | 'delete';

/**
 * The object that the API is going to change, or to put a child into.
 * @param child kind of what changes; default `kind`
 * @throws SluiceError `not_found`, `permission_denied`, `conflict` when a file manages its load balancer, `immutable` when that is in
 * ERROR; what is in ERROR can be deleted
 */
export function own<K extends TreeKind>(
  context: Context,
  kind: K,
  id: string,
  intent: Intent = 'change',
  child: TreeKind = kind,
): Located<K> {
  const located = visible(context, kind, id);
  requireApi(located.loadbalancer);
  if (intent === 'change') {
    requireMutable(context, located.loadbalancer, child);
  }
  return located;
}

/** The object that a request is about. @throws SluiceError `not_found`, `permission_denied` */
export function visible<K extends TreeKind>({ state, caller }: Context, kind: K, id: string): Located<K> {
  const located = locateKind(state, kind, id);
  if (!located) {
    throw notFound(kind, id);
  }
  requireOwn(caller, kind, located.object);
  return located;
}

/** @param kind of what changes: the load balancer itself, or something below it. @throws SluiceError `immutable` */
export function requireMutable({ errorOf }: Context, { id }: LoadBalancer, kind: TreeKind): void {
  const error = errorOf(id);
  if (error !== undefined) {
    throw immutable(kind, id, error);
  }
}

/** Where those who manage load balancers change them, besides the API. */
const OTHER_MANAGERS: Record<Exclude<Manager, 'api'>, string> = {
  apply: '`sluice apply`. Change its file and apply that',
  'host-file': 'the host file. Change it there and reload it',
};

/** @throws SluiceError `conflict` that says who manages the load balancer and how to take it over */
function requireApi({ id, name, managed_by }: LoadBalancer): void {
  if (managed_by !== 'api') {
    const subject = name === '' ? `Load Balancer ${id}` : `Load Balancer ${id} "${name}"`;
    const where = OTHER_MANAGERS[managed_by];
    throw conflict(`${subject} is managed by ${where}, or take it over first: set managed_by to api`);
  }
}
