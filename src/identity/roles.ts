/** Which roles somebody has, from the assignments in force. */
import { ROLES, type Role } from '../model/identity.js';
import type { State } from '../model/state.js';

/** Roles whose holder sees every project's objects, wherever they were assigned. */
export const GLOBAL_ROLES: ReadonlySet<Role> = new Set([
  'admin',
  'load-balancer_admin',
  'load-balancer_global_observer',
]);

/** The id of a role assignment. */
export function assignmentId(userId: string, projectId: string, role: Role): string {
  return `${userId}:${projectId}:${role}`;
}

export function rolesOn(state: State, userId: string, projectId: string): Role[] {
  return ROLES.filter((role) => state.roleassignments.has(assignmentId(userId, projectId, role)));
}

/** What a token for the whole gateway carries: the roles that reach beyond a project. */
export function systemRoles(state: State, userId: string): Role[] {
  const held = new Set<Role>();
  for (const { user_id, project_id, role } of state.roleassignments.values()) {
    if (user_id === userId && GLOBAL_ROLES.has(role) && state.projects.get(project_id)?.enabled) {
      held.add(role);
    }
  }
  return ROLES.filter((role) => held.has(role));
}

/** Ids of the projects a user has a role in. */
export function projectsOf(state: State, userId: string): Set<string> {
  const ids = new Set<string>();
  for (const { user_id, project_id } of state.roleassignments.values()) {
    if (user_id === userId) {
      ids.add(project_id);
    }
  }
  return ids;
}

/** A role by its name, in any case as Keystone takes it; undefined for those without a meaning here. */
export function roleNamed(name: string): Role | undefined {
  const lower = name.toLowerCase();
  return ROLES.find((role) => role === lower);
}
