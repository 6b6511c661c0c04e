/** Callers that no token stands for. */
import { type Caller, ROLES } from '../model/identity.js';
import type { State } from '../model/state.js';

/** Name of the project and of the user that the first start makes. */
export const ADMIN = 'admin';

/** Whoever may open the Unix socket: sees and may do everything. */
export function socketCaller(): Caller {
  return { user: { id: 'socket', name: 'socket' }, project: null, roles: [...ROLES], from: 'socket' };
}

/**
 * Everybody, where `api.auth` is `none`: project `admin`, or the oldest one where that was renamed.
 * @param from address of the client
 */
export function noneCaller(state: State, from: string): Caller {
  const projects = [...state.projects.values()];
  const project = projects.find(({ name }) => name === ADMIN) ?? projects[0];
  return {
    user: { id: 'anonymous', name: 'anonymous' },
    project: project ? { id: project.id, name: project.name } : null,
    roles: [...ROLES],
    from,
  };
}
