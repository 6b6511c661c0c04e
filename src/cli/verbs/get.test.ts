import { describe, expect, it } from 'vitest';
import { startEach } from '../testing/each-test.js';
import type { FakeGateway } from '../testing/fake-gateway.js';
import { sluice } from '../testing/run.js';
import { IDS, scene } from '../testing/scene.js';

let gateway: FakeGateway;
const run = startEach(scene, (started) => {
  gateway = started;
});

describe('sluice get', () => {
  const cases: [string, string[], string[]][] = [
    [
      'load balancers, with words for what is there and none for what is not',
      ['get', 'lb'],
      [
        'NAME  VIP          PROVISIONING  OPERATING  LISTENERS  MANAGED BY  ID',
        `web   198.18.0.10  ACTIVE        ONLINE             2  api         ${IDS.web}`,
        `shop  198.18.0.11  ACTIVE        ONLINE             1  api         ${IDS.shop}`,
      ],
    ],
    [
      'listeners of one load balancer, with the name of their pool',
      ['get', 'listeners', 'web'],
      [
        'LOADBALANCER  NAME  PROTOCOL  PORT  POOL  OPERATING  ID',
        `web           http  TCP         80  app   ONLINE     ${IDS.webHttp}`,
        `web           dns   UDP         53  -     ONLINE     ${IDS.dns}`,
      ],
    ],
    [
      'members of every pool',
      ['get', 'members', '--columns', 'pool,name,address,weight'],
      [
        'POOL      NAME  ADDRESS   WEIGHT',
        'web/app   -     10.0.0.5       3',
        'web/app   six   fd00::6        1',
        'shop/app  -     10.0.0.5       2',
      ],
    ],
    ['members of a pool by its path', ['get', 'members', 'shop/app', '--columns', 'address'], ['ADDRESS', '10.0.0.5']],
    [
      'rules below policies below listeners',
      ['get', 'rules', '--columns', 'l7policy,type,value'],
      ['POLICY           TYPE  VALUE', 'web/http/static  PATH  /static'],
    ],
    [
      'policies with the name of what they lead to',
      ['get', 'l7policies', '--columns', 'name,action,target'],
      ['NAME    ACTION                TARGET', 'static  REDIRECT_TO_LISTENER  dns'],
    ],
    [
      'health monitors, called as their pool',
      ['get', 'hm', '--columns', 'pool,type,max_retries'],
      ['POOL     TYPE  UP AFTER', 'web/app  TCP          3'],
    ],
    [
      'quotas with words for no limit',
      ['get', 'quota', '--columns', 'project,loadbalancer,listener'],
      ['PROJECT   LOADBALANCER   LISTENER', 'web-team             5  unlimited'],
    ],
    [
      'whose things of all projects are',
      ['get', 'pools', '--all-projects', '--columns', 'project,name'],
      ['PROJECT   NAME', 'web-team  app', 'web-team  app'],
    ],
    ['ids alone', ['get', 'lb', '-q'], [IDS.web, IDS.shop]],
  ];
  it.each(cases)('%s', async (_sentence, argv, lines) => {
    expect(await run(...argv)).toEqual({ code: 0, out: `${lines.join('\n')}\n`, err: '' });
  });

  const requests: [string, string[], string][] = [
    [
      'filters by attributes',
      ['get', 'listener', '--protocol', 'udp', '--port', '53'],
      '/v2.0/lbaas/listeners?protocol=UDP&protocol_port=53',
    ],
    [
      'filters by anything',
      ['get', 'lb', '--filter', 'operating_status=ERROR'],
      '/v2.0/lbaas/loadbalancers?operating_status=ERROR',
    ],
    ['filters by state', ['get', 'lb', '--disable'], '/v2.0/lbaas/loadbalancers?admin_state_up=false'],
    [
      'filters by names of other objects',
      ['get', 'lb', '--flavor', 'small'],
      `/v2.0/lbaas/loadbalancers?flavor_id=${IDS.flavor}`,
    ],
    ['filters by tags', ['get', 'lb', '--tags', 'a=1,b'], '/v2.0/lbaas/loadbalancers?tags=a=1,b'],
    [
      'filters by project',
      ['get', 'lb', '--project', 'web-team'],
      `/v2.0/lbaas/loadbalancers?project_id=${IDS.project}`,
    ],
    ['sorts', ['get', 'lb', '--sort', 'name:desc', '--sort', 'id'], '/v2.0/lbaas/loadbalancers?sort=name:desc,id'],
    ['limits', ['get', 'lb', '--limit', '1'], '/v2.0/lbaas/loadbalancers?limit=1'],
    ['filters by a parent', ['get', 'pool', '--lb', 'web'], `/v2.0/lbaas/pools?loadbalancer_id=${IDS.web}`],
  ];
  it.each(requests)('%s', async (_sentence, argv, request) => {
    const { code } = await run(...argv, '-o', 'json');
    expect(code).toBe(0);
    expect(gateway.reads).toContain(request);
  });

  it('reads every page, and no further than the limit', async () => {
    gateway.page = 1;
    expect((await run('get', 'listeners', '-q')).out.split('\n')).toHaveLength(4);
    expect(gateway.reads).toEqual([
      '/v2.0/lbaas/listeners',
      `/v2.0/lbaas/listeners?marker=${IDS.webHttp}`,
      `/v2.0/lbaas/listeners?marker=${IDS.dns}`,
    ]);
    expect((await run('get', 'listeners', '-q', '--limit', '2')).out).toBe(`${IDS.webHttp}\n${IDS.dns}\n`);
  });

  it('sorts members of several pools by itself', async () => {
    const { out } = await run('get', 'members', '--sort', 'weight:desc', '--columns', 'weight');
    expect(out).toBe('WEIGHT\n     3\n     2\n     1\n');
  });

  it('prints JSON and YAML as the API answers, with what only the URL says', async () => {
    const { out } = await run('get', 'members', 'web/app', '--name', 'six', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject([{ pool_id: IDS.webApp, id: IDS.member6, address: 'fd00::6', weight: 1 }]);
    expect((await run('get', 'flavors', '-o', 'yaml')).out).toBe(
      `- id: ${IDS.flavor}\n  name: small\n  enabled: true\n`,
    );
  });

  it('picks columns of JSON too, with names for ids', async () => {
    const { out } = await run(
      'get',
      'listener',
      '--columns',
      'loadbalancer,default_pool',
      '--name',
      'http',
      '-o',
      'json',
    );
    expect(JSON.parse(out)).toEqual([
      { loadbalancer: 'web', default_pool: 'app' },
      { loadbalancer: 'shop', default_pool: null },
    ]);
  });

  it('says which columns there are', async () => {
    const { code, err } = await run('get', 'lb', '--columns', 'vip_adress');
    expect([code, err]).toEqual([2, expect.stringContaining('no column "vip_adress"; did you mean vip_address?')]);
  });

  it('says that there is nothing where a person looks, and prints nothing for programs', async () => {
    expect(await run('get', 'lb', '--name', 'nope')).toEqual({ code: 0, out: '', err: 'no load balancers\n' });
    expect(await run('get', 'lb', '--name', 'nope', '-o', 'json')).toEqual({ code: 0, out: '[]\n', err: '' });
  });

  it('colours statuses on a terminal only', async () => {
    const argv = ['--socket', gateway.socket, 'get', 'members', 'web/app', '--columns', 'operating_status,id'];
    const { out } = await sluice(argv, { terminal: true });
    expect(out).toContain(`\u001b[31mERROR\u001b[0m      ${IDS.member6}`);
    expect((await sluice(argv, { terminal: true, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b');
  });
});

describe('sluice show', () => {
  it('shows every attribute, with names beside ids', async () => {
    const { out } = await run('show', 'listener', 'web/http');
    const lines = out.split('\n');
    expect(lines[0]).toBe('ATTRIBUTE            VALUE');
    expect(lines).toContain(`loadbalancers        web (${IDS.web})`);
    expect(lines).toContain(`default_pool_id      app (${IDS.webApp})`);
    expect(lines).toContain('admin_state_up       yes');
    expect(lines).toContain('allowed_cidrs        -');
  });

  it('counts children that have no names of their own', async () => {
    expect((await run('show', 'pool', 'web/app')).out).toMatch(/^members +2$/m);
  });

  it('prints one object as one, several as a list', async () => {
    expect(JSON.parse((await run('show', 'lb', 'web', '-o', 'json')).out)).toMatchObject({ id: IDS.web });
    expect(JSON.parse((await run('show', 'lb', 'web', 'shop', '-o', 'json')).out)).toMatchObject([
      { id: IDS.web },
      { id: IDS.shop },
    ]);
  });

  it('shows several one below the other', async () => {
    const { out } = await run('show', 'lb', 'web', 'shop');
    expect(out.split('\n\n').map((text) => /project_id +(.*)/.exec(text)?.[1])).toEqual([
      `web-team (${IDS.project})`,
      `web-team (${IDS.project})`,
    ]);
  });

  it('shows the default quotas without a name', async () => {
    gateway.answer('GET /v2.0/lbaas/quotas/defaults', { body: { quota: { loadbalancer: 50 } } });
    expect(await run('show', 'quota', '-o', 'json')).toEqual({
      code: 0,
      out: '{\n  "loadbalancer": 50\n}\n',
      err: 'these are the defaults; name a project for what it has\n',
    });
  });

  it('goes on after one that is missing', async () => {
    const { code, out, err } = await run('show', 'lb', 'nope', 'shop', '-o', 'json');
    expect(code).toBe(4);
    expect(out).toContain(IDS.shop);
    expect(err).toBe('sluice: there is no load balancer "nope"; there are web, shop\nsluice: 1 of 2 failed\n');
  });
});
