/** Users and projects for tests, without the operations that make them. */
import type { ApplicationCredential, Project, Role, User } from '../../model/identity.js';
import type { State } from '../../model/state.js';
import { emptyState } from '../../store/rows.js';
import { assignmentId } from '../roles.js';
import type { Token } from '../tokens.js';

export const SHOP: Project = { id: 'p-shop', name: 'shop', description: '', enabled: true };
export const BANK: Project = { id: 'p-bank', name: 'bank', description: '', enabled: true };
export const ALICE: User = {
  id: 'u-alice',
  name: 'alice',
  description: '',
  email: null,
  enabled: true,
  password_hash: '',
  tokens_valid_from: 1000,
  default_project_id: null,
};
export const ROBOT: ApplicationCredential = {
  id: 'c-robot',
  name: 'robot',
  description: '',
  user_id: ALICE.id,
  project_id: SHOP.id,
  roles: ['reader'],
  secret_hash: '',
  expires_at: null,
};

/** Alice, shop and bank, with these roles of hers. */
export function stateWith(roles: { project: Project; role: Role }[], changes: Partial<State> = {}): State {
  const assignments = roles.map(({ project, role }) => ({
    id: assignmentId(ALICE.id, project.id, role),
    user_id: ALICE.id,
    project_id: project.id,
    role,
  }));
  return {
    ...emptyState(),
    users: new Map([[ALICE.id, ALICE]]),
    projects: new Map([SHOP, BANK].map((project) => [project.id, project])),
    roleassignments: new Map(assignments.map((assignment) => [assignment.id, assignment])),
    ...changes,
  };
}

/** A token of Alice's for the shop. */
export function tokenFor(changes: Partial<Token> = {}): Token {
  return {
    user_id: ALICE.id,
    scope: { kind: 'project', project_id: SHOP.id },
    methods: ['password'],
    issued_at: 2000,
    expires_at: 10_000,
    audit_ids: ['a1'],
    application_credential_id: null,
    valid_from: ALICE.tokens_valid_from,
    ...changes,
  };
}
