/** Objects as Keystone shows them. */
import { DOMAIN } from '../../identity/login.js';
import type { Session } from '../../identity/sessions.js';
import type { Token } from '../../identity/tokens.js';
import type { ApplicationCredential, Project, Role, RoleAssignment, User } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { IDENTITY_PATH } from './base-url.js';
import { catalogOf } from './catalog.js';

/** Makes the absolute URL of a path below the identity API: `/users/42`. */
export type Link = (path: string) => string;

export function linker(base: string): Link {
  return (path) => `${base}${IDENTITY_PATH}${path}`;
}

export function userView({ id, name, description, email, enabled, default_project_id }: User, link: Link): object {
  return {
    id,
    name,
    domain_id: DOMAIN.id,
    description,
    ...(email === null ? {} : { email }),
    enabled,
    ...(default_project_id === null ? {} : { default_project_id }),
    password_expires_at: null,
    options: {},
    links: { self: link(`/users/${id}`) },
  };
}

export function projectView({ id, name, description, enabled }: Project, link: Link): object {
  return {
    id,
    name,
    description,
    enabled,
    domain_id: DOMAIN.id,
    parent_id: DOMAIN.id,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: link(`/projects/${id}`) },
  };
}

export function domainView(link: Link): object {
  return {
    ...DOMAIN,
    description: 'The only domain.',
    enabled: true,
    tags: [],
    options: {},
    links: { self: link(`/domains/${DOMAIN.id}`) },
  };
}

/** A role's id is its name. */
export function roleView(role: Role, link: Link): object {
  return {
    ...roleReference(role),
    domain_id: null,
    description: null,
    options: {},
    links: { self: link(`/roles/${role}`) },
  };
}

export function assignmentView({ user_id, project_id, role }: RoleAssignment, link: Link, named?: State): object {
  const project = { id: project_id };
  const user = { id: user_id };
  return {
    role: named ? roleReference(role) : { id: role },
    user: named ? { ...user, name: named.users.get(user_id)?.name, domain: DOMAIN } : user,
    scope: { project: named ? { ...project, name: named.projects.get(project_id)?.name, domain: DOMAIN } : project },
    links: { assignment: link(`/projects/${project_id}/users/${user_id}/roles/${role}`) },
  };
}

/** @param secret shown once, when it is created */
export function credentialView(credential: ApplicationCredential, link: Link, secret?: string): object {
  const { id, name, description, user_id, project_id, roles, expires_at } = credential;
  return {
    id,
    name,
    description,
    user_id,
    project_id,
    system: null,
    roles: roles.map((role) => ({ ...roleReference(role), domain_id: null })),
    // Without a time zone, as Keystone writes this one time; gophercloud reads no other form.
    expires_at: expires_at === null ? null : microseconds(Date.parse(expires_at)).slice(0, -1),
    unrestricted: false,
    access_rules: [],
    ...(secret === undefined ? {} : { secret }),
    links: { self: link(`/users/${user_id}/application_credentials/${id}`) },
  };
}

/** @param catalog left out where the client asks for `nocatalog`, and without a scope */
export function tokenView(session: Session, catalog: { base: string; region: string } | undefined): object {
  const { token, user, project, roles, application_credential } = session;
  const hasScope = token.scope.kind !== 'unscoped';
  return {
    methods: token.methods,
    user: { id: user.id, name: user.name, domain: DOMAIN, password_expires_at: null },
    audit_ids: token.audit_ids,
    issued_at: microseconds(token.issued_at),
    expires_at: microseconds(token.expires_at),
    ...scopeView(token, project),
    ...(hasScope ? { roles: roles.map(roleReference) } : {}),
    ...(hasScope && catalog ? { catalog: catalogOf(catalog.base, catalog.region) } : {}),
    ...(application_credential
      ? {
          application_credential: {
            id: application_credential.id,
            name: application_credential.name,
            restricted: true,
          },
        }
      : {}),
  };
}

function scopeView({ scope }: Token, project: Project | null): object {
  switch (scope.kind) {
    case 'project':
      return { project: { id: scope.project_id, name: project?.name, domain: DOMAIN }, is_domain: false };
    case 'domain':
      return { domain: DOMAIN };
    case 'system':
      return { system: { all: true } };
    case 'unscoped':
      return {};
  }
}

function roleReference(role: Role): { id: Role; name: Role } {
  return { id: role, name: role };
}

/** `2026-01-31T12:00:00.000000Z`. */
function microseconds(time: number): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
