/** Application credentials: made by users for themselves, in the project of their token. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tokenText } from '../../identity/authenticate.js';
import { readSession } from '../../identity/login.js';
import {
  createApplicationCredential,
  deleteApplicationCredential,
} from '../../identity/operations/application-credentials.js';
import { notFound } from '../../identity/operations/refusals.js';
import { SluiceError } from '../../model/errors.js';
import type { ApplicationCredential } from '../../model/identity.js';
import { BODY_SCHEMAS, readCredentialCreate } from './bodies.js';
import type { Desk } from './desk.js';
import { filtered, listBody } from './lists.js';
import { document } from './openapi.js';
import { type ByUser, selfOrAdmin } from './users.js';
import { credentialView } from './views.js';

interface ByCredential {
  Params: ByUser['Params'] & { credential_id: string };
}

const MANY = '/users/:user_id/application_credentials';
const ONE = `${MANY}/:credential_id`;
/** 256 bits. */
const SECRET_BYTES = 32;

export function applicationCredentialRoutes(server: FastifyInstance, desk: Desk): void {
  server.get<ByUser>(MANY, document("List a user's application credentials"), async (request) => {
    await selfOrAdmin(desk, request);
    const { user_id } = request.params;
    const link = desk.link(request);
    const own = [...desk.state.applicationcredentials.values()].filter((credential) => credential.user_id === user_id);
    const items = filtered(request, own, { name: ({ name }: ApplicationCredential) => name });
    return listBody(
      'application_credentials',
      items.map((credential) => credentialView(credential, link)),
      link(`/users/${user_id}/application_credentials`),
    );
  });

  server.get<ByCredential>(ONE, document('Show an application credential'), async (request) => {
    await selfOrAdmin(desk, request);
    const { user_id, credential_id } = request.params;
    const credential = desk.state.applicationcredentials.get(credential_id);
    if (credential?.user_id !== user_id) {
      throw notFound('application credential', credential_id);
    }
    return { application_credential: credentialView(credential, desk.link(request)) };
  });

  createRoute(server, desk);

  server.delete<ByCredential>(
    ONE,
    document('Delete an application credential', { audited: { action: 'delete', kind: 'applicationcredential' } }),
    async (request, reply) => {
      const caller = await selfOrAdmin(desk, request);
      refuseRestricted(desk, request);
      const { user_id, credential_id } = request.params;
      const operation = deleteApplicationCredential(user_id, credential_id);
      return await desk.change(request, reply, caller, { status: 204, operation });
    },
  );

  server.get<ByUser>('/users/:user_id/access_rules', document("List a user's access rules: none"), async (request) => {
    await selfOrAdmin(desk, request);
    return listBody('access_rules', [], desk.link(request)(`/users/${request.params.user_id}/access_rules`));
  });
}

function createRoute(server: FastifyInstance, desk: Desk): void {
  server.post<ByUser>(
    MANY,
    document('Create an application credential', {
      audited: { action: 'create', kind: 'applicationcredential' },
      root: 'application_credential',
      body: BODY_SCHEMAS.credentialCreate,
    }),
    async (request, reply) => {
      const caller = await desk.caller(request);
      const { user_id } = request.params;
      refuseRestricted(desk, request);
      if (caller.user.id !== user_id || !caller.project) {
        throw new SluiceError(
          'permission_denied',
          'application credentials are made by their own user, with a token of the project they are for',
        );
      }
      const input = readCredentialCreate(request.body, desk.identity.login.now());
      const { secret: given, ...rest } = input;
      const secret = given ?? randomBytes(SECRET_BYTES).toString('base64url');
      const operation = createApplicationCredential({
        ...rest,
        user_id,
        project_id: caller.project.id,
        secret_hash: await desk.identity.login.passwords.hash(secret),
      });
      const link = desk.link(request);
      const present = (credential: ApplicationCredential) => ({
        application_credential: credentialView(credential, link, secret),
      });
      void reply.header('cache-control', 'no-store');
      return await desk.change(request, reply, caller, { status: 201, operation, present });
    },
  );
}

/** Whoever holds one must not be able to make another one that outlives it, or remove others. @throws SluiceError `permission_denied` */
function refuseRestricted(desk: Desk, request: FastifyRequest): void {
  const text = tokenText(request.headers);
  if (text !== undefined && readSession(desk.identity.login, text)?.application_credential) {
    throw new SluiceError(
      'permission_denied',
      'a token of an application credential cannot manage application credentials',
    );
  }
}
