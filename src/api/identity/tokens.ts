/** Tokens: log in, look into one, revoke one; and what a token opens. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { login, readSession } from '../../identity/login.js';
import { revokeToken } from '../../identity/operations/revocations.js';
import { authorize } from '../../identity/policy.js';
import { projectsOf, systemRoles } from '../../identity/roles.js';
import { type Session, sessionCaller } from '../../identity/sessions.js';
import { SluiceError } from '../../model/errors.js';
import type { Caller } from '../../model/identity.js';
import { readAuthBody } from './auth-body.js';
import { catalogOf } from './catalog.js';
import { clientOf, type Desk } from './desk.js';
import { isAsked, listBody } from './lists.js';
import { document } from './openapi.js';
import { domainView, projectView, tokenView } from './views.js';

const TOKENS = '/auth/tokens';

export function tokenRoutes(server: FastifyInstance, desk: Desk): void {
  server.post(TOKENS, document('Log in', { audited: { action: 'login', kind: 'token' } }), async (request, reply) => {
    const { credentials, scope } = readAuthBody(request.body);
    const { text, session } = await login(desk.identity.login, credentials, scope, clientOf(request));
    desk.introduce(request, sessionCaller(session, clientOf(request)));
    await desk.record(request, { status: 201, id: session.user.id, name: session.user.name });
    return sendToken(request, reply.code(201), text, session);
  });

  server.get(TOKENS, document('Look into a token'), async (request, reply) => {
    const caller = await desk.caller(request);
    const { text, session } = subject(request, caller);
    return sendToken(request, reply, text, session);
  });

  server.delete(
    TOKENS,
    document('Revoke a token', { audited: { action: 'revoke', kind: 'token' } }),
    async (request, reply) => {
      const caller = await desk.caller(request);
      const { token } = subject(request, caller).session;
      const revoked = { id: token.audit_ids[0], expires_at: token.expires_at };
      return await desk.change(request, reply, caller, { status: 204, operation: revokeToken(revoked) });
    },
  );

  server.post(
    '/auth/token_keys',
    document('Sign tokens with a new key', { audited: { action: 'update', kind: 'tokenkey' } }),
    async (request, reply) => {
      await desk.caller(request, 'identity');
      await desk.identity.rotateKeys();
      await desk.record(request, { status: 204, id: null, name: null });
      return reply.code(204).send();
    },
  );

  server.get('/auth/catalog', document('The catalogue'), async (request) => {
    await desk.caller(request);
    const { region } = desk.identity.settings;
    return listBody('catalog', catalogOf(desk.base(request), region), desk.link(request)('/auth/catalog'));
  });

  server.get('/auth/projects', document('Projects the caller can ask a token for'), async (request) => {
    const { user } = await desk.caller(request);
    const ids = projectsOf(desk.state, user.id);
    const link = desk.link(request);
    const projects = [...desk.state.projects.values()].filter(({ id, enabled }) => enabled && ids.has(id));
    return listBody(
      'projects',
      projects.map((project) => projectView(project, link)),
      link('/auth/projects'),
    );
  });

  server.get('/auth/domains', document('Domains the caller can ask a token for'), async (request) => {
    const { user } = await desk.caller(request);
    const link = desk.link(request);
    const domains = systemRoles(desk.state, user.id).length > 0 ? [domainView(link)] : [];
    return listBody('domains', domains, link('/auth/domains'));
  });

  /** The token in X-Subject-Token; only its own user and administrators may look at it. */
  function subject(request: FastifyRequest, caller: Caller): { text: string; session: Session } {
    const header = request.headers['x-subject-token'];
    if (typeof header !== 'string' || header === '') {
      throw new SluiceError('invalid_configuration', 'write the token that is meant in X-Subject-Token');
    }
    const session = readSession(desk.identity.login, header);
    if (!session) {
      throw new SluiceError('not_found', 'there is no such token');
    }
    if (session.user.id !== caller.user.id) {
      authorize(caller, 'identity');
    }
    return { text: header, session };
  }

  function sendToken(request: FastifyRequest, reply: FastifyReply, text: string, session: Session): object {
    const { region } = desk.identity.settings;
    void reply.headers({ 'x-subject-token': text, vary: 'X-Auth-Token', 'cache-control': 'no-store' });
    return {
      token: tokenView(session, isAsked(request, 'nocatalog') ? undefined : { base: desk.base(request), region }),
    };
  }
}
