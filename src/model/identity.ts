/** Who may use the API: projects, users, roles, application credentials. Names and meanings are Keystone's (Identity v3). */

/** Roles, the narrowest first. Octavia's own `load-balancer_*` roles count as their counterparts. */
export const ROLES = [
  'reader',
  'member',
  'admin',
  'load-balancer_observer',
  'load-balancer_global_observer',
  'load-balancer_member',
  'load-balancer_quota_admin',
  'load-balancer_admin',
] as const;
export type Role = (typeof ROLES)[number];

export interface Project {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
}

export interface User {
  id: string;
  name: string;
  description: string;
  email: string | null;
  enabled: boolean;
  /** `scrypt$N$r$p$salt$hash`, base64. */
  password_hash: string;
  /** Tokens issued before are not valid; ms since the epoch. */
  tokens_valid_from: number;
  default_project_id: string | null;
}

export interface RoleAssignment {
  /** `user:project:role`. */
  id: string;
  user_id: string;
  project_id: string;
  role: Role;
}

export interface ApplicationCredential {
  id: string;
  name: string;
  description: string;
  user_id: string;
  project_id: string;
  roles: Role[];
  secret_hash: string;
  /** ISO 8601; null: never. */
  expires_at: string | null;
}

/** A token that was revoked before its time. */
export interface RevokedToken {
  /** The token's audit id. */
  id: string;
  /** ms since the epoch; forgotten afterwards. */
  expires_at: number;
}

export interface Identity {
  projects: ReadonlyMap<string, Project>;
  users: ReadonlyMap<string, User>;
  roleassignments: ReadonlyMap<string, RoleAssignment>;
  applicationcredentials: ReadonlyMap<string, ApplicationCredential>;
  revokedtokens: ReadonlyMap<string, RevokedToken>;
}

/** Who asks, as every operation and the audit see them. */
export interface Caller {
  user: { id: string; name: string };
  /** The project the token is for; null: none, as the Unix socket. */
  project: { id: string; name: string } | null;
  roles: readonly Role[];
  /** Where the request came from: an address, or `socket`. */
  from: string;
}
