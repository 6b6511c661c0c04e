/** Projects: create, update, delete. */
import type { Operation } from '../../control/operation.js';
import { SluiceError } from '../../model/errors.js';
import type { Project, User } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { withEntry, withoutEntries } from './edit.js';
import { notFound, requireFreeName } from './refusals.js';

export type ProjectCreate = Omit<Project, 'id'>;
export type ProjectPatch = Partial<ProjectCreate>;

/** @throws SluiceError `conflict` when the name is taken */
export function createProject(input: ProjectCreate): Operation<Project> {
  return ({ state, newId }) => {
    requireFreeName(state.projects.values(), 'project', input.name);
    const project: Project = { id: newId(), ...input };
    return { state: { ...state, projects: withEntry(state.projects, project) }, result: project };
  };
}

/** A disabled project's tokens do not work; its load balancers do. @throws SluiceError `not_found`, `conflict` */
export function updateProject(id: string, patch: ProjectPatch): Operation<Project> {
  return ({ state }) => {
    const project = requireProject(state, id);
    if (patch.name !== undefined) {
      requireFreeName(state.projects.values(), 'project', patch.name, id);
    }
    const changed: Project = { ...project, ...patch };
    return { state: { ...state, projects: withEntry(state.projects, changed) }, result: changed };
  };
}

/**
 * Role assignments, application credentials and quotas go with the project; users whose default it was have none then.
 * @throws SluiceError `not_found`; `conflict` while it owns anything, or when it is the last one
 */
export function deleteProject(id: string): Operation<Project> {
  return ({ state }) => {
    const project = requireProject(state, id);
    requireEmpty(state, project);
    if (state.projects.size === 1) {
      throw new SluiceError('conflict', `project "${project.name}" is the last one; create another one first`);
    }
    return {
      state: {
        ...state,
        projects: withoutEntries(state.projects, (other) => other.id === id),
        users: withoutDefault(state.users, id),
        roleassignments: withoutEntries(state.roleassignments, ({ project_id }) => project_id === id),
        applicationcredentials: withoutEntries(state.applicationcredentials, ({ project_id }) => project_id === id),
        quotas: withoutEntries(state.quotas, ({ project_id }) => project_id === id),
      },
      result: project,
    };
  };
}

/** @throws SluiceError `not_found` */
export function requireProject(state: State, id: string): Project {
  const project = state.projects.get(id);
  if (!project) {
    throw notFound('project', id);
  }
  return project;
}

function requireEmpty(state: State, { id, name }: Project): void {
  const owned = [
    ['a load balancer', 'load balancers', state.loadbalancers],
    ['an access list', 'access lists', [...state.accesslists.values()]],
    ['a public address', 'public addresses', [...state.publicaddresses.values()]],
    ['a certificate', 'certificates', [...state.certificates.values()]],
  ] as const;
  for (const [one, many, objects] of owned) {
    const count = objects.filter(({ project_id }) => project_id === id).length;
    if (count > 0) {
      const what = count === 1 ? one : `${count} ${many}`;
      throw new SluiceError('conflict', `project "${name}" owns ${what}; delete what it owns first`);
    }
  }
}

function withoutDefault(users: ReadonlyMap<string, User>, projectId: string): ReadonlyMap<string, User> {
  if (![...users.values()].some(({ default_project_id }) => default_project_id === projectId)) {
    return users;
  }
  return new Map(
    [...users].map(([id, user]) => [
      id,
      user.default_project_id === projectId ? { ...user, default_project_id: null } : user,
    ]),
  );
}
