import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../model/errors.js';
import type { StatusDocument } from '../observe/status.js';
import type { ChangeSummary } from './change.js';
import { createLocalServer, createPublicServer } from './routes.js';
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
  outcomes: { drop_no_route: 3, pass_not_ours: 9 },
  events: {},
  warnings: [],
};

function service(changes: Partial<Service> = {}): Service {
  return {
    apply: async () => ({}) as ChangeSummary,
    status: () => status,
    countSessions: async () => 0,
    async *listSessions() {},
    ...changes,
  };
}

describe('routes', () => {
  it('hands the body over as text, with its options', async () => {
    let seen: unknown;
    const server = createLocalServer(
      service({
        apply: async (text, options) => {
          seen = { text, ...options };
          return {} as ChangeSummary;
        },
      }),
      log,
    );
    const url = '/apply?dry_run=true&source=web.yaml';
    const payload = 'loadbalancers: []';
    const headers = { 'content-type': 'application/yaml' };
    expect((await server.inject({ method: 'POST', url, payload, headers })).statusCode).toBe(200);
    expect(seen).toEqual({ text: payload, source: 'web.yaml', dryRun: true, prune: false });
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
    const server = createLocalServer(service({ apply: () => Promise.reject(error) }), log);
    const answer = await server.inject({ method: 'POST', url: '/apply', payload: 'x' });
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
    const answer = await createLocalServer(service(), log).inject({ method, url });
    expect(answer.statusCode).toBe(code);
    expect(answer.json()).toMatchObject({ faultcode: 'Client' });
  });

  it('offers nothing on the address that could change or list', async () => {
    const server = createPublicServer(service(), log);
    for (const [method, url] of [
      ['POST', '/apply'],
      ['GET', '/sessions'],
    ] as const) {
      expect((await server.inject({ method, url })).statusCode).toBe(404);
    }
    expect((await server.inject('/healthcheck')).json()).toEqual({ status: 'OK' });
    expect((await server.inject('/status')).json()).toEqual(status);
  });

  it('shows a page with names escaped and refusals counted', async () => {
    const { body, headers } = await createPublicServer(service(), log).inject('/');
    expect(headers['content-type']).toContain('text/html');
    expect(body).toContain('gw&#60;1&#62;');
    expect(body).toContain('drop_no_route');
    expect(body).not.toContain('pass_not_ours');
  });

  it('stops reading sessions at the limit', async () => {
    let given = 0;
    const server = createLocalServer(
      service({
        async *listSessions() {
          for (;;) {
            given++;
            yield [{ client: '198.18.1.2' }, { client: '198.18.1.3' }] as never;
          }
        },
      }),
      log,
    );
    const answer = await server.inject('/sessions?limit=3');
    expect(answer.body.trim().split('\n')).toHaveLength(3);
    expect(given).toBe(2);
  });
});
