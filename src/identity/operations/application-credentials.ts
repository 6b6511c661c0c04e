/** Application credentials: secrets for programs, with some of their user's roles in one project. */
import type { Operation } from '../../control/operation.js';
import { SluiceError } from '../../model/errors.js';
import type { ApplicationCredential, Role } from '../../model/identity.js';
import { rolesOn } from '../roles.js';
import { withEntry, withoutEntries } from './edit.js';
import { nameTaken, notFound } from './refusals.js';
import { requireUser } from './users.js';

/** Roles null: all that the user has in the project. */
export type ApplicationCredentialCreate = Omit<ApplicationCredential, 'id' | 'roles'> & { roles: Role[] | null };

/** @throws SluiceError `conflict` when the user has one of that name, `permission_denied` for roles she does not have herself */
export function createApplicationCredential(input: ApplicationCredentialCreate): Operation<ApplicationCredential> {
  return ({ state, newId }) => {
    const user = requireUser(state, input.user_id);
    for (const other of state.applicationcredentials.values()) {
      if (other.user_id === input.user_id && other.name === input.name) {
        throw nameTaken('application credential', input.name);
      }
    }
    const held = rolesOn(state, input.user_id, input.project_id);
    const roles = input.roles ?? held;
    const beyond = roles.filter((role) => !held.includes(role));
    if (beyond.length > 0 || roles.length === 0) {
      const what = beyond.length > 0 ? `does not have ${beyond.join(', ')}` : 'has no role';
      throw new SluiceError('permission_denied', `user "${user.name}" ${what} in the project, and cannot pass on more`);
    }
    const credential: ApplicationCredential = { id: newId(), ...input, roles };
    return {
      state: { ...state, applicationcredentials: withEntry(state.applicationcredentials, credential) },
      result: credential,
    };
  };
}

/** Tokens made with it end. @throws SluiceError `not_found` */
export function deleteApplicationCredential(userId: string, id: string): Operation<ApplicationCredential> {
  return ({ state }) => {
    const credential = state.applicationcredentials.get(id);
    if (credential?.user_id !== userId) {
      throw notFound('application credential', id);
    }
    return {
      state: {
        ...state,
        applicationcredentials: withoutEntries(state.applicationcredentials, (other) => other.id === id),
      },
      result: credential,
    };
  };
}
