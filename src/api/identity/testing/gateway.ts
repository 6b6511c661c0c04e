/** A gateway's identity API without a gateway, for tests: state in memory, cheap hashes, a clock that stands still. */
import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { pino } from 'pino';
import { MemoryControl } from '../../../control/testing/memory-control.js';
import { firstStart } from '../../../identity/operations/first-start.js';
import type { Passwords } from '../../../identity/passwords.js';
import { createIdentity, type IdentityService } from '../../../identity/service.js';
import { IDENTITY_DEFAULTS, type IdentitySettings } from '../../../identity/settings.js';
import { cheapPasswords } from '../../../identity/testing/logins.js';
import { identityRoutes } from '../routes.js';

export const ADMIN_PASSWORD = 'correct horse';
/** 2026-01-31T12:00:00Z. */
export const START = Date.UTC(2026, 0, 31, 12);

export class TestGateway {
  readonly control: MemoryControl;
  readonly identity: IdentityService;
  readonly server: FastifyInstance;
  /** ms since the epoch; tests move it. */
  now = START;

  private constructor(passwords: Passwords, hash: string, settings: Partial<IdentitySettings>) {
    const now = () => this.now;
    this.control = new MemoryControl({ now });
    this.control.run(firstStart(hash));
    this.identity = createIdentity({
      settings: { ...IDENTITY_DEFAULTS, ...settings },
      state: () => this.control.state,
      keys: { current: randomBytes(32), previous: null },
      stateDir: '/nonexistent',
      passwords,
      now,
    });
    this.server = Fastify({ forceCloseConnections: true });
    const { control, identity } = this;
    identityRoutes(this.server, { control, identity, identify: identity.identify, log: pino({ enabled: false }) });
  }

  static async make(settings: Partial<IdentitySettings> = {}): Promise<TestGateway> {
    const passwords = cheapPasswords();
    return new TestGateway(passwords, await passwords.hash(ADMIN_PASSWORD), settings);
  }

  /** A request below /identity/v3. @returns status, headers and JSON body */
  async ask(
    method: string,
    path: string,
    options: { token?: string; body?: unknown } & Pick<InjectOptions, 'headers'> = {},
  ) {
    const { token, body, headers } = options;
    const answer = await this.server.inject({
      method: method as 'GET',
      url: `/identity/v3${path}`,
      headers: { host: 'localhost', ...headers, ...(token === undefined ? {} : { 'x-auth-token': token }) },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every kind
    const json: any = answer.body === '' ? undefined : answer.json();
    return { status: answer.statusCode, headers: answer.headers, body: json };
  }

  /** Logs in. @param scope default: none given @returns the answer, and the token */
  async login(name: string, password: string, scope?: unknown) {
    const user = { name, password, domain: { name: 'Default' } };
    const answer = await this.ask('POST', '/auth/tokens', {
      body: { auth: { identity: { methods: ['password'], password: { user } }, ...(scope ? { scope } : {}) } },
    });
    return { ...answer, token: String(answer.headers['x-subject-token'] ?? '') };
  }

  async adminToken(): Promise<string> {
    return (await this.login('admin', ADMIN_PASSWORD)).token;
  }

  /** A user with these roles in a new project of the same name. @returns ids, and a token for the project */
  async addUser(name: string, roles: readonly string[], password = `${name}'s`) {
    const admin = await this.adminToken();
    const project = (await this.ask('POST', '/projects', { token: admin, body: { project: { name } } })).body.project;
    const user = (await this.ask('POST', '/users', { token: admin, body: { user: { name, password } } })).body.user;
    for (const role of roles) {
      await this.ask('PUT', `/projects/${project.id}/users/${user.id}/roles/${role}`, { token: admin });
    }
    const { token } = await this.login(name, password, { project: { id: project.id } });
    return { userId: user.id as string, projectId: project.id as string, token, password };
  }
}
