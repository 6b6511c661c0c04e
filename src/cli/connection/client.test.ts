import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startEach } from '../testing/each-test.js';
import type { FakeGateway } from '../testing/fake-gateway.js';
import { sluice } from '../testing/run.js';
import { IDS, scene } from '../testing/scene.js';

let gateway: FakeGateway;
let url: string;
startEach(scene, async (started) => {
  gateway = started;
  url = await gateway.startTcp();
});

const PASSWORD = { OS_USERNAME: 'alice', OS_PASSWORD: 'p', OS_PROJECT_NAME: 'web-team' };

/** A Keystone whose catalogue has these services. */
function keystone(path: string, services: Record<string, string>): void {
  const catalog = Object.entries(services).map(([type, at]) => ({
    type,
    endpoints: [
      { interface: 'internal', region: 'r1', url: 'http://elsewhere' },
      { interface: 'public', region: 'r1', url: at },
    ],
  }));
  gateway.answer(`POST ${path}/auth/tokens`, {
    status: 201,
    headers: { 'x-subject-token': 'the-token' },
    body: {
      token: { user: { id: IDS.alice, name: 'alice' }, project: { id: IDS.project, name: 'web-team' }, catalog },
    },
  });
}

describe('a gateway elsewhere', () => {
  it('is asked with a token for one’s own project', async () => {
    keystone('/identity/v3', { 'load-balancer': `${url}/load-balancer` });
    const { code } = await sluice(['get', 'lb', '-q'], { env: { SLUICE_URL: url, ...PASSWORD } });
    expect(code).toBe(0);
    expect(gateway.asked.map(({ method, url, token }) => [method, url, token])).toEqual([
      ['POST', '/identity/v3/auth/tokens', undefined],
      ['GET', `/v2.0/lbaas/loadbalancers?project_id=${IDS.project}`, 'the-token'],
    ]);
  });

  it('is asked for all projects only where told to', async () => {
    keystone('/identity/v3', {});
    await sluice(['get', 'lb', '--all-projects'], { env: { SLUICE_URL: url, ...PASSWORD } });
    expect(gateway.reads).toContain('/v2.0/lbaas/loadbalancers');
  });

  it('is found in the catalogue of another Keystone, whose projects and users are meant', async () => {
    keystone('/v3', { 'load-balancer': `${url}/load-balancer/`, network: `${url}/network` });
    gateway.answer('GET /load-balancer/v2.0/lbaas/flavors', { body: { flavors: [] } });
    gateway.answer('GET /v3/projects', { body: { projects: [] } });
    gateway.answer('GET /network/v2.0/subnets', { body: { subnets: [] } });
    gateway.answer(`GET /v2/sluice/events?project_id=${IDS.project}&limit=100`, { body: { events: [] } });
    const env = { OS_AUTH_URL: url, OS_REGION_NAME: 'r1', ...PASSWORD };
    for (const kind of ['flavors', 'projects', 'subnets', 'events']) {
      expect([kind, (await sluice(['get', kind], { env })).code]).toEqual([kind, 0]);
    }
  });

  it('is asked with a token that was given', async () => {
    await sluice(['get', 'lb'], { env: { SLUICE_URL: url, SLUICE_TOKEN: 't' } });
    expect(gateway.asked[0]).toMatchObject({ url: '/v2.0/lbaas/loadbalancers', token: 't' });
  });

  it('makes application credentials for the user of the token', async () => {
    keystone('/identity/v3', {});
    const path = `/identity/v3/users/${IDS.alice}/application_credentials`;
    gateway.answer(`POST ${path}`, { status: 201, body: { application_credential: { id: 'c', secret: 's' } } });
    const env = { SLUICE_URL: url, ...PASSWORD };
    const { out } = await sluice(['create', 'appcred', 'terraform', '--role', 'member', '-o', 'json'], { env });
    expect(JSON.parse(out)).toEqual({ id: 'c', secret: 's' });
    const body = { application_credential: { name: 'terraform', roles: [{ name: 'member' }] } };
    expect(gateway.changes.at(-1)).toEqual([`POST ${path}`, body]);
  });

  it('tells wrong credentials in Keystone’s words, and what to check', async () => {
    const body = { error: { code: 401, title: 'Unauthorized', message: 'The password is wrong.' } };
    gateway.answer('POST /identity/v3/auth/tokens', { status: 401, body });
    const { code, err } = await sluice(['get', 'lb'], { env: { SLUICE_URL: url, ...PASSWORD } });
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('The password is wrong; check OS_USERNAME and OS_PASSWORD'),
    ]);
  });

  it('tells a web page from a Keystone', async () => {
    gateway.answer('POST /v3/auth/tokens', { status: 201, body: { hello: 1 } });
    const { code, err } = await sluice(['get', 'lb'], { env: { OS_AUTH_URL: url, ...PASSWORD } });
    expect([code, err]).toEqual([1, expect.stringContaining('something else than a token; is it a Keystone v3 URL?')]);
  });

  it('tells that there is no load-balancer service', async () => {
    keystone('/v3', {});
    const { code, err } = await sluice(['get', 'lb'], { env: { OS_AUTH_URL: url, ...PASSWORD } });
    expect([code, err]).toEqual([
      4,
      expect.stringContaining('no load-balancer service in that region; name the gateway with --url'),
    ]);
  });

  it('that does not answer is named with what decided for it', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const { code, err } = await sluice(['get', 'lb', '--url', `http://127.0.0.1:${port}`]);
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(/no gateway answers on http:\/\/127\.0\.0\.1:\d+ .*check --url/),
    ]);
  });

  it('whose certificates nobody can read is refused', async () => {
    const { code, err } = await sluice(['get', 'lb', '--url', 'https://gw', '--os-cacert', '/nowhere.pem']);
    expect([code, err]).toEqual([2, expect.stringContaining('/nowhere.pem')]);
  });
});

describe('the daemon of this host', () => {
  it('that does not run is reported with what to do', async () => {
    const { code, err } = await sluice(['--socket', '/nowhere.sock', 'get', 'lb']);
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('no daemon answers on /nowhere.sock; start it with "sluice serve'),
    ]);
  });

  it('that is something else is told from its answer', async () => {
    const request = 'GET /v2.0/lbaas/loadbalancers';
    gateway.answer(request, { body: '<html>' });
    expect((await sluice(['--socket', gateway.socket, 'get', 'lb'])).err).toContain('something else than JSON: <html>');
    gateway.answer(request, { status: 502, body: '<html>' });
    expect((await sluice(['--socket', gateway.socket, 'get', 'lb'])).err).toContain(
      'HTTP status 502, and for an explanation: <html>',
    );
    gateway.answer(request, { body: {} });
    expect((await sluice(['--socket', gateway.socket, 'get', 'lb'])).err).toContain('answered no "loadbalancers"');
  });

  it('lists every fault where an error has several', async () => {
    const faults = [
      { code: 'invalid', path: 'loadbalancer.name', message: 'is too long', suggestion: 'write less' },
      { code: 'invalid', path: 'loadbalancer.tags[0]', message: 'is empty' },
    ];
    const body = {
      faultcode: 'Client',
      faultstring: 'loadbalancer.name: is too long (and 1 more fault)',
      code: 'invalid_configuration',
      faults,
    };
    gateway.answer('POST /v2.0/lbaas/loadbalancers', { status: 400, body });
    const { code, err } = await sluice(['--socket', gateway.socket, 'create', 'lb', 'x']);
    expect([code, err]).toEqual([
      2,
      'sluice: 2 faults; nothing was changed\n  loadbalancer.name: is too long; write less\n  loadbalancer.tags[0]: is empty\n',
    ]);
  });
});
