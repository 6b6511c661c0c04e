/** What a gateway without users starts with. */
import type { Operation } from '../../control/operation.js';
import { type Project, ROLES, type User } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { ADMIN } from '../callers.js';
import { assignmentId } from '../roles.js';

/** Whether {@link firstStart} has something to do. */
export function isFirstStart(state: State): boolean {
  return state.users.size === 0;
}

/**
 * Makes project `admin` and user `admin` with all roles in it; a project of that name is kept. Nothing happens once there are users.
 * @param passwordHash of the admin's password
 */
export function firstStart(passwordHash: string): Operation<{ created: boolean }> {
  return ({ state, newId, now }) => {
    if (!isFirstStart(state)) {
      return { state, result: { created: false } };
    }
    const project = [...state.projects.values()].find(({ name }) => name === ADMIN) ?? adminProject(newId());
    const user: User = {
      id: newId(),
      name: ADMIN,
      description: 'Made at the first start',
      email: null,
      enabled: true,
      password_hash: passwordHash,
      tokens_valid_from: Date.parse(`${now}Z`),
      default_project_id: project.id,
    };
    const assignments = ROLES.map((role) => ({
      id: assignmentId(user.id, project.id, role),
      user_id: user.id,
      project_id: project.id,
      role,
    }));
    return {
      state: {
        ...state,
        projects: new Map(state.projects).set(project.id, project),
        users: new Map([[user.id, user]]),
        roleassignments: new Map(assignments.map((assignment) => [assignment.id, assignment])),
      },
      result: { created: true },
    };
  };
}

function adminProject(id: string): Project {
  return { id, name: ADMIN, description: 'Made at the first start.', enabled: true };
}
