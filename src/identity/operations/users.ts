/** Users: create, update, delete, change of password. Passwords arrive as hashes: computing one takes longer than an operation may. */
import type { Context, Operation } from '../../control/operation.js';
import { SluiceError } from '../../model/errors.js';
import type { User } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { withEntry, withoutEntries } from './edit.js';
import { notFound, requireFreeName } from './refusals.js';

export interface UserCreate {
  name: string;
  description: string;
  email: string | null;
  enabled: boolean;
  /** '' for a user that cannot log in with a password. */
  password_hash: string;
  default_project_id: string | null;
}

export type UserPatch = Partial<UserCreate>;

/** @throws SluiceError `conflict` when the name is taken, `not_found` for the default project */
export function createUser(input: UserCreate): Operation<User> {
  return ({ state, newId, now }) => {
    requireFreeName(state.users.values(), 'user', input.name);
    requireProject(state, input.default_project_id);
    const user: User = { id: newId(), ...input, tokens_valid_from: milliseconds(now) };
    return { state: { ...state, users: withEntry(state.users, user) }, result: user };
  };
}

/** Ends the user's tokens when the password changes or the user is disabled. @throws SluiceError as {@link createUser} */
export function updateUser(id: string, patch: UserPatch): Operation<User> {
  return (context) => {
    const { state } = context;
    const user = requireUser(state, id);
    if (patch.name !== undefined) {
      requireFreeName(state.users.values(), 'user', patch.name, id);
    }
    requireProject(state, patch.default_project_id ?? null);
    const endsTokens = patch.password_hash !== undefined || (patch.enabled === false && user.enabled);
    const changed: User = {
      ...user,
      ...patch,
      tokens_valid_from: endsTokens ? nextGeneration(user, context) : user.tokens_valid_from,
    };
    return { state: { ...state, users: withEntry(state.users, changed) }, result: changed };
  };
}

/**
 * A user's own change of password. Ends all tokens of the user.
 * @param provenHash the hash that the old password was compared with
 * @throws SluiceError `conflict` when somebody else has changed the password since
 */
export function changePassword(id: string, provenHash: string, newHash: string): Operation<User> {
  return (context) => {
    if (requireUser(context.state, id).password_hash !== provenHash) {
      throw new SluiceError('conflict', 'the password was changed by somebody else in the meantime; try again');
    }
    return updateUser(id, { password_hash: newHash })(context);
  };
}

/** Role assignments and application credentials go with the user. @throws SluiceError `not_found` */
export function deleteUser(id: string): Operation<User> {
  return ({ state }) => {
    const user = requireUser(state, id);
    return {
      state: {
        ...state,
        users: withoutEntries(state.users, (other) => other.id === id),
        roleassignments: withoutEntries(state.roleassignments, ({ user_id }) => user_id === id),
        applicationcredentials: withoutEntries(state.applicationcredentials, ({ user_id }) => user_id === id),
      },
      result: user,
    };
  };
}

/** @throws SluiceError `not_found` */
export function requireUser(state: State, id: string): User {
  const user = state.users.get(id);
  if (!user) {
    throw notFound('user', id);
  }
  return user;
}

function requireProject(state: State, id: string | null): void {
  if (id !== null && !state.projects.has(id)) {
    throw notFound('project', id);
  }
}

/** A number that no token of the user carries, whatever the clock does. */
function nextGeneration({ tokens_valid_from }: User, { now }: Context): number {
  return Math.max(milliseconds(now), tokens_valid_from + 1);
}

function milliseconds(now: string): number {
  return Date.parse(`${now}Z`);
}
