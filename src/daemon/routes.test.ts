import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { API_SERVER_OPTIONS, createApi } from '../api/index.js';
import { MemoryControl } from '../control/testing/memory-control.js';
import { socketCaller } from '../identity/index.js';
import { SluiceError } from '../model/errors.js';
import type { StatusDocument } from '../observe/status.js';
import type { ChangeSummary } from './change.js';
import { statusPage } from './page.js';
import { addDaemonRoutes } from './routes.js';
import type { Service } from './service.js';

const log = pino({ level: 'silent' });
const status: StatusDocument = {
  at: 0,
  gateway: {
    name: 'gw<1>',
    version: '1',
    dataplane: 'xdp',
    started_at: '2026-01-01T00:00:00Z',
    interfaces: [],
    local_addresses: 1,
    sessions: { used: 1, capacity: 2 },
  },
  loadbalancers: [],
  proxy: null,
  certificates: [],
  outcomes: { drop_no_route: 3, pass_not_ours: 9 },
  events: {},
  warnings: [],
};

function service(changes: Partial<Service> = {}): Service {
  return {
    apply: async () => ({}) as ChangeSummary,
    export: () => ({ loadbalancers: [] }),
    status: () => status,
    countSessions: async () => 0,
    async *listSessions() {},
    ...changes,
  };
}

function serverOf(changes: Partial<Service> = {}, { open = true, caller = true } = {}): FastifyInstance {
  const server = Fastify(API_SERVER_OPTIONS);
  const parts = { service: service(changes), open, metrics: async () => ({ type: 'text/plain', text: 'up 1\n' }) };
  const authenticate = async () => {
    if (!caller) {
      throw new SluiceError('unauthorized', 'log in');
    }
    return socketCaller();
  };
  void server.register(
    createApi({
      control: new MemoryControl(),
      access: { authenticate, authUrl: '/identity' },
      version: '1',
      log,
      extend: (api) => addDaemonRoutes(api, parts),
    }),
  );
  return server;
}

describe('routes', () => {
  it('hands the body over as text, with its options', async () => {
    let seen: unknown;
    const server = serverOf({
      apply: async (text, { audit: _audit, caller, ...options }) => {
        seen = { text, user: caller.user.id, ...options };
        return {} as ChangeSummary;
      },
    });
    const url = '/apply?dry_run=true&source=web.yaml';
    const payload = 'loadbalancers: []';
    const headers = { 'content-type': 'application/yaml' };
    expect((await server.inject({ method: 'POST', url, payload, headers })).statusCode).toBe(200);
    expect(seen).toEqual({
      text: payload,
      user: 'socket',
      source: 'web.yaml',
      dryRun: true,
      prune: false,
      adopt: false,
    });
  });

  const fault = { code: 'invalid' as const, path: 'a.b', message: 'is wrong' };
  const cases: [string, unknown, number, object][] = [
    [
      'faults of the input, each of them',
      SluiceError.fromFaults([fault], 'web.yaml'),
      400,
      { faultcode: 'Client', code: 'invalid_configuration', faults: [fault] },
    ],
    ['a conflict', new SluiceError('conflict', 'twice'), 409, { faultcode: 'Client', faultstring: 'twice' }],
    ['a refusal of the kernel', new SluiceError('dataplane_failed', 'no'), 500, { faultcode: 'Server' }],
    ['a defect, without its stack', new TypeError('x is undefined'), 500, { faultcode: 'Server', code: 'internal' }],
  ];
  it.each(cases)('answers %s', async (_sentence, error, code, body) => {
    const server = serverOf({ apply: () => Promise.reject(error) });
    const headers = { 'content-type': 'application/yaml' };
    const answer = await server.inject({ method: 'POST', url: '/apply', payload: 'x', headers });
    expect(answer.statusCode).toBe(code);
    expect(answer.json()).toMatchObject(body);
    expect(answer.body).not.toContain(' at ');
  });

  it.each([
    ['an unknown path', 'GET', '/nothing', 404],
    ['a wrong method', 'DELETE', '/apply', 404],
    ['an unknown parameter', 'GET', '/sessions?clinet=198.18.1.2', 400],
    ['a malformed URL', 'GET', '/%zz', 400],
  ] as const)('takes %s as a mistake of the client', async (_sentence, method, url, code) => {
    const answer = await serverOf().inject({ method, url });
    expect(answer.statusCode).toBe(code);
    expect(answer.json()).toMatchObject({ faultcode: 'Client' });
  });

  it('refuses files that a page in a browser could send', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await serverOf().inject({ method: 'POST', url: '/apply', payload: 'x', headers });
    expect(answer.statusCode).toBe(415);
  });

  it('asks who is there, but for status and metrics where only this host can connect', async () => {
    const shown = async (open: boolean) => {
      const server = serverOf({}, { open, caller: false });
      const urls = ['/sessions', '/status', '/stats', '/metrics', '/healthcheck'];
      return Promise.all(urls.map(async (url) => (await server.inject(url)).statusCode));
    };
    expect(await shown(false)).toEqual([401, 401, 401, 401, 200]);
    expect(await shown(true)).toEqual([401, 200, 200, 200, 200]);
  });

  it('shows a page with names escaped and refusals counted', () => {
    const page = statusPage(status);
    expect(page).toContain('gw&#60;1&#62;');
    expect(page).toContain('drop_no_route');
    expect(page).not.toContain('pass_not_ours');
  });

  it('stops reading sessions at the limit', async () => {
    let given = 0;
    const server = serverOf({
      async *listSessions() {
        for (;;) {
          given++;
          yield [{ client: '198.18.1.2' }, { client: '198.18.1.3' }] as never;
        }
      },
    });
    const answer = await server.inject('/sessions?limit=3');
    expect(answer.body.trim().split('\n')).toHaveLength(3);
    expect(given).toBe(2);
  });
});
