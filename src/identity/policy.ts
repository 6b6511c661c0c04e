/** Who may do what. Roles decide about kinds of actions; which projects a caller sees is {@link canSeeProject}. */
import { SluiceError } from '../model/errors.js';
import type { Caller, Role } from '../model/identity.js';
import { GLOBAL_ROLES } from './roles.js';

/**
 * - `read`: look at objects of one's project; `write`: change them
 * - `quota`: change quotas, look at those of all projects
 * - `global_read`: look at objects of every project
 * - `admin`: change objects of every project, flavors and the like
 * - `identity`: users, projects, roles. Not for load-balancer_admin, who could make herself admin otherwise.
 */
export type Action = 'read' | 'write' | 'quota' | 'global_read' | 'admin' | 'identity';

/** Octavia's names and Keystone's count alike. */
const ALLOWED: Record<Action, readonly Role[]> = {
  read: [
    'reader',
    'member',
    'admin',
    'load-balancer_observer',
    'load-balancer_global_observer',
    'load-balancer_member',
    'load-balancer_admin',
  ],
  write: ['member', 'admin', 'load-balancer_member', 'load-balancer_admin'],
  quota: ['admin', 'load-balancer_quota_admin', 'load-balancer_admin'],
  global_read: [...GLOBAL_ROLES],
  admin: ['admin', 'load-balancer_admin'],
  identity: ['admin'],
};

const DOES: Record<Action, string> = {
  read: 'look at load balancers',
  write: 'change load balancers',
  quota: 'change quotas',
  global_read: "look at other projects' load balancers",
  admin: 'administer the gateway',
  identity: 'administer users and projects',
};

export function may(caller: Caller, action: Action): boolean {
  return ALLOWED[action].some((role) => caller.roles.includes(role));
}

/** @throws SluiceError `permission_denied`, naming the roles that would do */
export function authorize(caller: Caller, action: Action): void {
  if (!may(caller, action)) {
    const held =
      caller.roles.length > 0
        ? `${caller.roles.length > 1 ? 'roles' : 'role'} ${caller.roles.join(', ')}`
        : 'no role in a project';
    throw new SluiceError(
      'permission_denied',
      `user "${caller.user.name}" has ${held}, and may not ${DOES[action]}; it takes one of: ${ALLOWED[action].join(', ')}`,
    );
  }
}

/** Whether a caller sees the objects of every project. */
export function isGlobal(caller: Caller): boolean {
  return may(caller, 'global_read');
}

/** Whether a caller sees the objects of a project. */
export function canSeeProject(caller: Caller, projectId: string): boolean {
  return isGlobal(caller) || caller.project?.id === projectId;
}
