/** Users. Administrators see and change all, everybody else sees herself and changes her password. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unauthorized } from '../../identity/errors.js';
import { DOMAIN, provePassword } from '../../identity/login.js';
import { notFound } from '../../identity/operations/refusals.js';
import { changePassword, createUser, deleteUser, requireUser, updateUser } from '../../identity/operations/users.js';
import { authorize } from '../../identity/policy.js';
import { projectsOf } from '../../identity/roles.js';
import { SluiceError } from '../../model/errors.js';
import type { Caller, User } from '../../model/identity.js';
import { BODY_SCHEMAS, readPasswordChange, readUserCreate, readUserPatch } from './bodies.js';
import { clientOf, type Desk } from './desk.js';
import { filtered, listBody } from './lists.js';
import { document } from './openapi.js';
import { projectList } from './projects.js';
import { userView } from './views.js';

export interface ByUser {
  Params: { user_id: string };
}

const FILTERS = {
  id: ({ id }: User) => id,
  name: ({ name }: User) => name,
  enabled: ({ enabled }: User) => enabled,
  domain_id: () => DOMAIN.id,
  default_project_id: ({ default_project_id }: User) => default_project_id,
};
const ONE = '/users/:user_id';

/** The caller, who must be this user or an administrator. @throws SluiceError as {@link Desk.caller} */
export async function selfOrAdmin(desk: Desk, request: FastifyRequest<ByUser>): Promise<Caller> {
  const caller = await desk.caller(request);
  if (caller.user.id !== request.params.user_id) {
    authorize(caller, 'identity');
  }
  return caller;
}

export function userRoutes(server: FastifyInstance, desk: Desk): void {
  readRoutes(server, desk);
  writeRoutes(server, desk);
  passwordRoute(server, desk);
}

function readRoutes(server: FastifyInstance, desk: Desk): void {
  server.get('/users', document('List users'), async (request) => {
    await desk.caller(request, 'identity');
    const link = desk.link(request);
    const users = filtered(request, desk.state.users.values(), FILTERS);
    return listBody(
      'users',
      users.map((user) => userView(user, link)),
      link('/users'),
    );
  });

  server.get<ByUser>(ONE, document('Show a user'), async (request) => {
    await selfOrAdmin(desk, request);
    return { user: userView(requireUser(desk.state, request.params.user_id), desk.link(request)) };
  });

  server.get<ByUser>(`${ONE}/projects`, document("List a user's projects"), async (request) => {
    await selfOrAdmin(desk, request);
    const { id } = requireUser(desk.state, request.params.user_id);
    const ids = projectsOf(desk.state, id);
    const projects = [...desk.state.projects.values()].filter((project) => ids.has(project.id));
    return projectList(request, desk, projects, `/users/${id}/projects`);
  });

  server.get<ByUser>(`${ONE}/groups`, document("List a user's groups: none"), async (request) => {
    await selfOrAdmin(desk, request);
    const { id } = requireUser(desk.state, request.params.user_id);
    return listBody('groups', [], desk.link(request)(`/users/${id}/groups`));
  });
}

function writeRoutes(server: FastifyInstance, desk: Desk): void {
  const { passwords } = desk.identity.login;
  const presenter = (request: FastifyRequest) => (user: User) => ({ user: userView(user, desk.link(request)) });
  const hashed = async (password: string | null) => (password === null ? '' : await passwords.hash(password));

  server.post(
    '/users',
    document('Create a user', {
      audited: { action: 'create', kind: 'user' },
      root: 'user',
      body: BODY_SCHEMAS.userCreate,
    }),
    desk.administer(async (request) => {
      const { password, ...input } = readUserCreate(request.body);
      const operation = createUser({ ...input, password_hash: await hashed(password) });
      return { status: 201, operation, present: presenter(request) };
    }),
  );

  server.patch<ByUser>(
    ONE,
    document('Change a user', {
      audited: { action: 'update', kind: 'user' },
      root: 'user',
      body: BODY_SCHEMAS.userPatch,
    }),
    desk.administer(async (request: FastifyRequest<ByUser>) => {
      const { user_id: id } = request.params;
      const { password, ...input } = readUserPatch(request.body);
      requireUser(desk.state, id);
      const secret = password === undefined ? {} : { password_hash: await hashed(password) };
      const operation = updateUser(id, { ...input, ...secret });
      return { status: 200, operation, present: presenter(request) };
    }),
  );

  server.delete<ByUser>(
    ONE,
    document('Delete a user', { audited: { action: 'delete', kind: 'user' } }),
    desk.administer(({ params }: FastifyRequest<ByUser>) => ({ status: 204, operation: deleteUser(params.user_id) })),
  );
}

/** Whoever hears it has shown a valid token already: it gives nothing away. */
const WRONG_ORIGINAL = 'the original password is wrong, or the user was changed meanwhile; nothing was changed';

/** One's own, with the old one. Ends all tokens of the user, the one that was used too. */
function passwordRoute(server: FastifyInstance, desk: Desk): void {
  server.post<ByUser>(
    `${ONE}/password`,
    document("Change one's own password", { audited: { action: 'update', kind: 'user' } }),
    async (request, reply) => {
      const caller = await desk.caller(request);
      const { user_id: id } = request.params;
      if (caller.user.id !== id) {
        throw notFound('user', id);
      }
      const { password, original_password } = readPasswordChange(request.body);
      const { passwords } = desk.identity.login;
      const proven = await provePassword(desk.identity.login, { id }, original_password, clientOf(request)).catch(
        (error: unknown) => {
          throw error instanceof SluiceError && error.status === 401 ? unauthorized(WRONG_ORIGINAL) : error;
        },
      );
      const operation = changePassword(id, proven.password_hash, await passwords.hash(password));
      return await desk.change(request, reply, caller, { status: 204, operation });
    },
  );
}
