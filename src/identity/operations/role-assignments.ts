/** Role assignments: who is what in which project. */
import type { Operation } from '../../control/operation.js';
import { SluiceError } from '../../model/errors.js';
import type { Role, RoleAssignment } from '../../model/identity.js';
import { assignmentId } from '../roles.js';
import { withEntry, withoutEntries } from './edit.js';
import { requireProject } from './projects.js';
import { requireUser } from './users.js';

/** Nothing happens when the user has the role already. @throws SluiceError `not_found` for user and project */
export function assignRole(userId: string, projectId: string, role: Role): Operation<RoleAssignment> {
  return ({ state }) => {
    requireUser(state, userId);
    requireProject(state, projectId);
    const id = assignmentId(userId, projectId, role);
    const existing = state.roleassignments.get(id);
    if (existing) {
      return { state, result: existing };
    }
    const assignment: RoleAssignment = { id, user_id: userId, project_id: projectId, role };
    return {
      state: { ...state, roleassignments: withEntry(state.roleassignments, assignment) },
      result: assignment,
    };
  };
}

/** Tokens lose the role at once. @throws SluiceError `not_found`, also when the user does not have the role */
export function removeRole(userId: string, projectId: string, role: Role): Operation<RoleAssignment> {
  return ({ state }) => {
    const user = requireUser(state, userId);
    const project = requireProject(state, projectId);
    const id = assignmentId(userId, projectId, role);
    const assignment = state.roleassignments.get(id);
    if (!assignment) {
      throw new SluiceError('not_found', `user "${user.name}" does not have role ${role} in project "${project.name}"`);
    }
    return {
      state: { ...state, roleassignments: withoutEntries(state.roleassignments, (other) => other.id === id) },
      result: assignment,
    };
  };
}
