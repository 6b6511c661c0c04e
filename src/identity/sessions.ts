/** Whether a token is still worth what it says: looked up in the state at every call, so that taking rights away works at once. */
import type { ApplicationCredential, Caller, Project, Role, User } from '../model/identity.js';
import type { State } from '../model/state.js';
import { rolesOn, systemRoles } from './roles.js';
import type { Scope, Token } from './tokens.js';

/** A token with the objects it speaks of, as they are now. */
export interface Session {
  token: Token;
  user: User;
  /** Null: unscoped, or for the whole gateway. */
  project: Project | null;
  roles: Role[];
  application_credential: ApplicationCredential | null;
}

/** @param now ms since the epoch @returns undefined when the token has lost its worth */
export function currentSession(state: State, token: Token, now: number): Session | undefined {
  const user = state.users.get(token.user_id);
  if (!user?.enabled || user.tokens_valid_from !== token.valid_from) {
    return undefined;
  }
  if (token.audit_ids.some((id) => state.revokedtokens.has(id))) {
    return undefined;
  }
  const credential = credentialOf(state, token, now);
  if (credential === undefined) {
    return undefined;
  }
  const granted = scopeGrants(state, user.id, token.scope);
  const roles = granted?.roles.filter((role) => !credential || credential.roles.includes(role));
  if (!granted || !roles || (roles.length === 0 && token.scope.kind !== 'unscoped')) {
    return undefined;
  }
  return { token, user, project: granted.project, roles, application_credential: credential };
}

/** The project and roles a scope stands for; undefined when the user has no role there. */
export function scopeGrants(
  state: State,
  userId: string,
  scope: Scope,
): { project: Project | null; roles: Role[] } | undefined {
  if (scope.kind === 'unscoped') {
    return { project: null, roles: [] };
  }
  if (scope.kind !== 'project') {
    const roles = systemRoles(state, userId);
    return roles.length > 0 ? { project: null, roles } : undefined;
  }
  const project = state.projects.get(scope.project_id);
  const roles = rolesOn(state, userId, scope.project_id);
  return project?.enabled && roles.length > 0 ? { project, roles } : undefined;
}

/** Whether an application credential can be used. @param now ms since the epoch */
export function isUsable(credential: ApplicationCredential, now: number): boolean {
  return credential.expires_at === null || Date.parse(credential.expires_at) > now;
}

export function sessionCaller({ user, project, roles }: Session, from: string): Caller {
  return {
    user: { id: user.id, name: user.name },
    project: project && { id: project.id, name: project.name },
    roles,
    from,
  };
}

/** Null: the token does not come from one; undefined: it does, but that is gone. */
function credentialOf(state: State, token: Token, now: number): ApplicationCredential | null | undefined {
  if (token.application_credential_id === null) {
    return null;
  }
  const credential = state.applicationcredentials.get(token.application_credential_id);
  return credential && credential.user_id === token.user_id && isUsable(credential, now) ? credential : undefined;
}
