import { describe, expect, it } from 'vitest';
import { startEach } from '../testing/each-test.js';
import { type FakeGateway, refusal } from '../testing/fake-gateway.js';
import { sluice } from '../testing/run.js';
import { IDS, scene } from '../testing/scene.js';

let gateway: FakeGateway;
const run = startEach(scene, (started) => {
  gateway = started;
});
const members = `/v2.0/lbaas/pools/${IDS.webApp}/members`;

describe('sluice set', () => {
  const cases: [string, string, string, object][] = [
    [
      'a name and a state',
      'lb web --name www --enable',
      `PUT /v2.0/lbaas/loadbalancers/${IDS.web}`,
      { loadbalancer: { name: 'www', admin_state_up: true } },
    ],
    [
      'who manages it',
      'lb web --managed-by API',
      `PUT /v2.0/lbaas/loadbalancers/${IDS.web}`,
      { loadbalancer: { managed_by: 'api' } },
    ],
    [
      'a pool of the same load balancer',
      'listener shop/http --pool app',
      `PUT /v2.0/lbaas/listeners/${IDS.shopHttp}`,
      { listener: { default_pool_id: IDS.shopApp } },
    ],
    [
      'a pool of the same load balancer, two steps up',
      'l7policy static --redirect-pool app',
      `PUT /v2.0/lbaas/l7policies/${IDS.policy}`,
      { l7policy: { redirect_pool_id: IDS.webApp } },
    ],
    ['a weight', 'member web/app/10.0.0.5:8080 --weight 0', `PUT ${members}/${IDS.member5}`, { member: { weight: 0 } }],
    [
      'a member by its address in another spelling',
      'member web/app/[fd00:0::6]:8080 --no-backup',
      `PUT ${members}/${IDS.member6}`,
      { member: { backup: false } },
    ],
    [
      'a monitor by its pool',
      'hm web/app --timeout 2',
      `PUT /v2.0/lbaas/healthmonitors/${IDS.monitor}`,
      { healthmonitor: { timeout: 2 } },
    ],
    [
      'a rule by its id below its policy',
      `rule static/${IDS.rule} --value /x`,
      `PUT /v2.0/lbaas/l7policies/${IDS.policy}/rules/${IDS.rule}`,
      { rule: { value: '/x' } },
    ],
    [
      'a list as a whole',
      'listener web/http --tags b,c',
      `PUT /v2.0/lbaas/listeners/${IDS.webHttp}`,
      { listener: { tags: ['b', 'c'] } },
    ],
    [
      'entries of a list',
      'listener web/http --add-tag b --remove-tag a=1',
      `PUT /v2.0/lbaas/listeners/${IDS.webHttp}`,
      { listener: { tags: ['b'] } },
    ],
    [
      'entries of a list that is empty',
      'listener web/dns --add-allowed-cidr 10.0.0.0/8',
      `PUT /v2.0/lbaas/listeners/${IDS.dns}`,
      { listener: { allowed_cidrs: ['10.0.0.0/8'] } },
    ],
    [
      'a quota by its project',
      'quota web-team --listener -1',
      `PUT /v2.0/lbaas/quotas/${IDS.project}`,
      { quota: { listener: -1 } },
    ],
    [
      'a user, as Keystone does',
      'user alice --disable',
      `PATCH /identity/v3/users/${IDS.alice}`,
      { user: { enabled: false } },
    ],
  ];
  it.each(cases)('changes %s', async (_sentence, command, request, body) => {
    const ran = await run('set', ...command.split(' '), '-q');
    expect(ran).toEqual({ code: 0, out: `${request.split('/').at(-1)}\n`, err: '' });
    expect(gateway.changes).toEqual([[request, body]]);
  });

  it('adds to and removes from long lists without sending the rest', async () => {
    const path = `/v2/sluice/accesslists/${IDS.list}`;
    for (const action of ['add_cidrs', 'remove_cidrs']) {
      gateway.answer(`PUT ${path}/${action}`, { body: { accesslist: { id: IDS.list } } });
    }
    const { code } = await run('set', 'acl', 'office', '--add-cidr', '192.0.2.1', '--remove-cidr', '10.0.0.0/8');
    expect(code).toBe(0);
    expect(gateway.changes).toEqual([
      [`PUT ${path}/remove_cidrs`, { accesslist: { cidrs: ['10.0.0.0/8'] } }],
      [`PUT ${path}/add_cidrs`, { accesslist: { cidrs: ['192.0.2.1/32'] } }],
    ]);
  });

  it('says so when an entry to remove is not there', async () => {
    const { code, err } = await run('set', 'listener', 'web/http', '--remove-tag', 'z');
    expect([code, err]).toEqual([4, 'sluice: z is not among its tags, which are: a=1\n']);
    expect(gateway.changes).toEqual([]);
  });

  it('changes several objects alike and names each', async () => {
    const { out } = await run('set', 'lb', 'web', 'shop', '--flavor', 'small');
    expect(out).toBe(`changed load balancer web (${IDS.web})\nchanged load balancer shop (${IDS.shop})\n`);
  });

  it('asks for an option where none says what to change', async () => {
    const { code, err } = await run('set', 'lb', 'web');
    expect([code, err]).toEqual([2, expect.stringContaining('nothing to change; name at least one option')]);
  });

  it('takes ids without asking for them', async () => {
    await run('set', 'lb', IDS.web, '--name', 'x');
    expect(gateway.asked.map(({ method }) => method)).toEqual(['PUT']);
  });
});

describe('sluice unset', () => {
  it('sends null for each attribute', async () => {
    const { out } = await run('unset', 'listener', 'web/http', '--default-pool', '--allow');
    expect(out).toBe(`changed listener web/http (${IDS.webHttp})\n`);
    expect(gateway.changes).toEqual([
      [`PUT /v2.0/lbaas/listeners/${IDS.webHttp}`, { listener: { default_pool_id: null, allowed_cidrs: null } }],
    ]);
  });

  it('does not offer what has no default', async () => {
    expect(await run('unset', 'listener', 'web/http', '--port')).toMatchObject({ code: 2 });
  });
});

describe('sluice delete', () => {
  it('deletes with everything below, and prints what is gone', async () => {
    const { out } = await run('delete', 'lb', 'web', '--cascade');
    expect(out).toBe(`deleted load balancer web (${IDS.web})\n`);
    expect(gateway.changes).toEqual([[`DELETE /v2.0/lbaas/loadbalancers/${IDS.web}?cascade=true`]]);
  });

  it('names its own options as the way out', async () => {
    const request = `DELETE /v2.0/lbaas/loadbalancers/${IDS.web}`;
    gateway.answer(request, refusal(400, 'it has children. Delete them first, or write cascade=true'));
    expect((await run('delete', 'lb', 'web')).err).toContain('Delete them first, or add --cascade');
    const told = `Load Balancer ${IDS.web} "web" is managed by the host file. Take it over first: set managed_by to api`;
    gateway.answer(request, refusal(409, told));
    expect((await run('delete', 'lb', 'web')).err).toContain(`first: sluice set lb ${IDS.web} --managed-by api`);
  });

  it('deletes several, goes on after a failure, and fails', async () => {
    gateway.answer(`DELETE ${members}/${IDS.member5}`, refusal(409, 'it is immutable'));
    const { code, out, err } = await run('delete', 'member', 'web/app/10.0.0.5:8080', 'web/app/six', 'web/app/seven');
    expect(code).toBe(2);
    expect(out).toBe(`deleted member web/app/six (${IDS.member6})\n`);
    expect(err).toContain('sluice: it is immutable\n');
    expect(err).toContain('there is no member "seven" in pool web/app; there are 10.0.0.5:8080, six\n');
    expect(err).toContain('sluice: 2 of 3 failed\n');
  });

  it('tells on a terminal how far it is, and leaves nothing of that behind', async () => {
    const argv = ['--socket', gateway.socket, 'delete', 'member', 'web/app/six', 'web/app/10.0.0.5:8080', '-q'];
    const { out, err } = await sluice(argv, { terminal: true });
    expect(out).toBe(`${IDS.member6}\n${IDS.member5}\n`);
    expect(err.split('\r\u001b[K')).toEqual(['', 'deleting member 1 of 2', 'deleting member 2 of 2', '']);
  });

  it('takes what is not there for deleted, where asked to', async () => {
    expect(await run('delete', 'lb', 'nope', '--if-exists')).toEqual({ code: 0, out: '', err: '' });
    expect(await run('delete', 'lb', 'nope')).toMatchObject({ code: 4 });
  });

  it('waits until it is gone', async () => {
    const path = `/v2.0/lbaas/loadbalancers/${IDS.web}`;
    const going = { body: { loadbalancer: { id: IDS.web, provisioning_status: 'PENDING_DELETE' } } };
    gateway.answer(`GET ${path}`, going, refusal(404, 'gone'));
    expect(await run('delete', 'lb', IDS.web, '--wait', '-o', 'json')).toMatchObject({
      code: 0,
      out: `{\n  "id": "${IDS.web}"\n}\n`,
    });
    expect(gateway.reads).toEqual([path, path]);
  });
});
