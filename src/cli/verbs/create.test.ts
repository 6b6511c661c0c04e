import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startEach } from '../testing/each-test.js';
import { type FakeGateway, NEW_ID, refusal } from '../testing/fake-gateway.js';
import { sluice } from '../testing/run.js';
import { IDS, scene } from '../testing/scene.js';

let gateway: FakeGateway;
const run = startEach(scene, (started) => {
  gateway = started;
});

describe('sluice create', () => {
  const cases: [string, string, string, object][] = [
    ['a load balancer', 'lb new --vip 198.18.0.12', 'loadbalancers', { name: 'new', vip_address: '198.18.0.12' }],
    [
      'a load balancer with names for ids',
      'lb new --vip 198.18.0.12 --flavor small --az east --project web-team --tags a=1,b --disable',
      'loadbalancers',
      {
        name: 'new',
        vip_address: '198.18.0.12',
        flavor_id: IDS.flavor,
        availability_zone: 'east',
        project_id: IDS.project,
        tags: ['a=1', 'b'],
        admin_state_up: false,
      },
    ],
    [
      'further VIPs, in either spelling',
      'lb new --vip 198.18.0.12 --additional-vip 198.18.0.13 --additional-vip subnet-id=s,ip-address=fd00::13',
      'loadbalancers',
      {
        name: 'new',
        vip_address: '198.18.0.12',
        additional_vips: [{ ip_address: '198.18.0.13' }, { subnet_id: 's', ip_address: 'fd00::13' }],
      },
    ],
    [
      'a listener by its path, with a pool of the same load balancer',
      'listener shop/tls --protocol tcp --port 443 --pool app',
      'listeners',
      { loadbalancer_id: IDS.shop, name: 'tls', protocol: 'TCP', protocol_port: 443, default_pool_id: IDS.shopApp },
    ],
    [
      'a listener with its load balancer as an option and Octavia’s own option names',
      'listener tls --loadbalancer web --protocol TERMINATED_HTTPS --protocol-port 443 --connection-limit -1 --insert-headers X-Forwarded-For=true,X-Real-IP=true',
      'listeners',
      {
        loadbalancer_id: IDS.web,
        name: 'tls',
        protocol: 'TERMINATED_HTTPS',
        protocol_port: 443,
        connection_limit: -1,
        insert_headers: { 'X-Forwarded-For': 'true', 'X-Real-IP': 'true' },
      },
    ],
    [
      'a pool, round robin unless said',
      'pool web/api --protocol http --sticky app-cookie,cookie_name=SID',
      'pools',
      {
        loadbalancer_id: IDS.web,
        name: 'api',
        protocol: 'HTTP',
        lb_algorithm: 'ROUND_ROBIN',
        session_persistence: { type: 'APP_COOKIE', cookie_name: 'SID' },
      },
    ],
    [
      'a pool that rewrites a cookie',
      'pool web/api --protocol http --sticky http-cookie,cookie_name=SID,cookie-mode=rewrite,persistence_timeout=60',
      'pools',
      {
        loadbalancer_id: IDS.web,
        name: 'api',
        protocol: 'HTTP',
        lb_algorithm: 'ROUND_ROBIN',
        session_persistence: {
          type: 'HTTP_COOKIE',
          cookie_name: 'SID',
          cookie_mode: 'REWRITE',
          persistence_timeout: 60,
        },
      },
    ],
    [
      'a listener with what HTTP has',
      'listener web/h2 --protocol http --port 81 --timeout-http-keepalive 5000 --keepalive-requests 0 --compression ' +
        '--no-preserve-host --policy-order exactness --no-access-log --tls-policy modern',
      'listeners',
      {
        loadbalancer_id: IDS.web,
        name: 'h2',
        protocol: 'HTTP',
        protocol_port: 81,
        timeout_http_keepalive: 5000,
        keepalive_requests: 0,
        compression: true,
        preserve_host: false,
        policy_order: 'EXACTNESS',
        access_log: false,
        tls_policy: 'MODERN',
      },
    ],
    [
      'a policy that leads to another listener of its load balancer',
      'l7policy web/http/all --action redirect-to-listener --redirect-listener http',
      'l7policies',
      { listener_id: IDS.webHttp, name: 'all', action: 'REDIRECT_TO_LISTENER', redirect_listener_id: IDS.webHttp },
    ],
    [
      'a pool of a listener, whose load balancer the server knows',
      'pool api --listener web/http --protocol tcp --algorithm least-connections',
      'pools',
      { name: 'api', listener_id: IDS.webHttp, protocol: 'TCP', lb_algorithm: 'LEAST_CONNECTIONS' },
    ],
    [
      'a member by address and port',
      'member web/app/10.0.0.7:8080 --weight 0 --backup',
      `pools/${IDS.webApp}/members`,
      { address: '10.0.0.7', protocol_port: 8080, weight: 0, backup: true },
    ],
    [
      'a member with an IPv6 address and a name',
      'member [fd00::7]:80 --pool web/app --name seven',
      `pools/${IDS.webApp}/members`,
      { address: 'fd00::7', protocol_port: 80, name: 'seven' },
    ],
    [
      'a member by name, with the address as an option',
      'member web/app/seven --address 10.0.0.7 --port 80',
      `pools/${IDS.webApp}/members`,
      { name: 'seven', address: '10.0.0.7', protocol_port: 80 },
    ],
    [
      'a health monitor, with times that Octavia would ask for',
      'hm shop/app --type http --path /healthz --codes 200-299 --http-version 1.1',
      'healthmonitors',
      {
        pool_id: IDS.shopApp,
        type: 'HTTP',
        url_path: '/healthz',
        expected_codes: '200-299',
        http_version: 1.1,
        delay: 5,
        timeout: 5,
        max_retries: 3,
      },
    ],
    [
      'a policy that leads to a pool of the same load balancer',
      'l7policy web/http/files --action redirect-to-pool --redirect-pool app --position 1',
      'l7policies',
      {
        listener_id: IDS.webHttp,
        name: 'files',
        action: 'REDIRECT_TO_POOL',
        redirect_pool_id: IDS.webApp,
        position: 1,
      },
    ],
    [
      'a redirect with its status as a number',
      'l7policy web/http/tls --action redirect-to-url --redirect-url https://a/ --code 301',
      'l7policies',
      {
        listener_id: IDS.webHttp,
        name: 'tls',
        action: 'REDIRECT_TO_URL',
        redirect_url: 'https://a/',
        redirect_http_code: 301,
      },
    ],
    [
      'a rule of a policy',
      'rule web/http/static --type header --key X-Beta --compare equal-to --value 1 --invert',
      `l7policies/${IDS.policy}/rules`,
      { type: 'HEADER', key: 'X-Beta', compare_type: 'EQUAL_TO', value: '1', invert: true },
    ],
    [
      'a flavor profile from pairs',
      'flavorprofile tiny --data connections=1000,queries_per_second=null',
      'flavorprofiles',
      { name: 'tiny', provider_name: 'sluice', flavor_data: '{"connections":1000,"queries_per_second":null}' },
    ],
  ];
  it.each(cases)('%s', async (_sentence, command, path, body) => {
    const one = path.endsWith('/members')
      ? 'member'
      : path.endsWith('/rules')
        ? 'rule'
        : path.replace(/ies$/, 'y').replace(/s$/, '');
    const request = `POST /v2.0/lbaas/${path}`;
    gateway.answer(request, { status: 201, body: { [one]: { id: NEW_ID } } });
    expect(await run('create', ...command.split(' '), '-q')).toEqual({ code: 0, out: `${NEW_ID}\n`, err: '' });
    expect(gateway.changes).toEqual([[request, { [one]: body }]]);
  });

  it('prints what was made', async () => {
    const { out } = await run('create', 'acl', 'blocked', '--cidrs', '10.1.2.3,10.0.0.9/8');
    expect(out).toContain('name       blocked');
    expect(gateway.changes).toEqual([
      ['POST /v2/sluice/accesslists', { accesslist: { name: 'blocked', cidrs: ['10.1.2.3/32', '10.0.0.0/8'] } }],
    ]);
  });

  it('reads long lists from a file', async () => {
    const file = gateway.file('blocked.txt');
    writeFileSync(file, '# from the abuse desk\n10.0.0.1\n\n2001:DB8::/32 # all of it\n10.0.0.2, 10.0.0.3\n');
    await run('create', 'acl', 'blocked', '--cidrs', `@${file}`);
    expect(gateway.changes[0]?.[1]).toEqual({
      accesslist: { name: 'blocked', cidrs: ['10.0.0.1/32', '2001:db8::/32', '10.0.0.2/32', '10.0.0.3/32'] },
    });
  });

  it('makes several members with the same options', async () => {
    gateway.answer(`POST /v2.0/lbaas/pools/${IDS.webApp}/members`, { status: 201, body: { member: { id: NEW_ID } } });
    await run('create', 'member', '--pool', 'web/app', '10.0.0.7:80', '10.0.0.8:80', '--weight', '2');
    expect(gateway.changes.map(([, body]) => body)).toEqual([
      { member: { address: '10.0.0.7', protocol_port: 80, weight: 2 } },
      { member: { address: '10.0.0.8', protocol_port: 80, weight: 2 } },
    ]);
  });

  it('waits until the data plane has it', async () => {
    const path = `/v2.0/lbaas/loadbalancers/${NEW_ID}`;
    const answered = (provisioning_status: string) => ({ body: { loadbalancer: { id: NEW_ID, provisioning_status } } });
    gateway.answer(`GET ${path}`, answered('PENDING_CREATE'), answered('ACTIVE'));
    const { code, out } = await run('create', 'lb', 'new', '--vip', '198.18.0.12', '--wait', '-o', 'json');
    expect([code, JSON.parse(out)]).toEqual([0, { id: NEW_ID, provisioning_status: 'ACTIVE' }]);
    expect(gateway.reads).toEqual([path, path]);
  });

  it('fails when what it waits for becomes an error, and tells the reason', async () => {
    const object = { id: NEW_ID, provisioning_status: 'ERROR', status_reason: 'table full' };
    gateway.answer(`GET /v2.0/lbaas/loadbalancers/${NEW_ID}`, { body: { loadbalancer: object } });
    const { code, err } = await run('create', 'lb', 'new', '--vip', '198.18.0.12', '--wait');
    expect([code, err]).toEqual([1, 'sluice: load balancer new is in ERROR: table full\n']);
  });

  it('does not wait longer than it was told', async () => {
    const object = { id: NEW_ID, provisioning_status: 'PENDING_CREATE' };
    gateway.answer(`GET /v2.0/lbaas/loadbalancers/${NEW_ID}`, { body: { loadbalancer: object } });
    const { code, err } = await run('create', 'lb', 'new', '--vip', '198.18.0.12', '--wait', '--wait-timeout', '1');
    expect([code, err]).toEqual([1, expect.stringMatching(/load balancer new is still PENDING_CREATE after \d+ s/)]);
  });

  it('reads a password from standard input', async () => {
    const argv = ['--socket', gateway.socket, 'create', 'user', 'bob', '--password-file', '-', '--project', 'web-team'];
    await sluice(argv, { input: 'secret\n' });
    const user = { name: 'bob', password: 'secret', default_project_id: IDS.project };
    expect(gateway.changes).toEqual([['POST /identity/v3/users', { user }]]);
  });

  const faults: [string, string, number, string][] = [
    ['options that are missing, all at once', 'listener web/x', 2, 'a new listener also needs --protocol, --port'],
    [
      'a parent that is missing',
      'listener x --protocol tcp --port 1',
      2,
      'write LOADBALANCER/x, or add --loadbalancer',
    ],
    ['the ways to name the parent of a pool', 'pool x --protocol tcp', 2, 'add --loadbalancer or --listener'],
    ['a parent that is named twice', 'hm web/app --pool app --type tcp', 2, 'both say where the health monitor goes'],
    ['a parent that does not exist', 'listener wbe/x --protocol tcp --port 1', 4, 'did you mean web?'],
    ['values that are none of the choices', 'listener web/x --protocol quic --port 1', 2, 'write one of: TCP, UDP'],
    ['numbers that are none', 'listener web/x --protocol tcp --port http', 2, 'write a whole number'],
    ['options that do not exist', 'listener web/x --protcol tcp', 2, 'Did you mean --protocol?'],
    ['the ways to give a password', 'user bob', 2, 'a new user also needs --password-prompt or --password-file'],
    ['a password nobody can type', 'user bob --password-prompt', 2, 'there is no terminal to ask on'],
    [
      'pairs that are none',
      'listener web/x --protocol tcp --port 1 --insert-headers X',
      2,
      'write NAME=VALUE instead of "X"',
    ],
  ];
  it.each(faults)('names %s', async (_sentence, command, code, told) => {
    const ran = await run('create', ...command.split(' '));
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(told)]);
    expect(gateway.changes).toEqual([]);
  });

  it('tells one fault in one line, and of options instead of attributes', async () => {
    const told = 'add vip_address: the IP address clients connect to, or vip_subnet_id to have one chosen';
    const fault = { code: 'missing', path: 'loadbalancer', message: 'vip_address is missing', suggestion: told };
    const body = { code: 'invalid_configuration', message: '1 fault\n  …', faultstring: 'one line', faults: [fault] };
    gateway.answer('POST /v2.0/lbaas/loadbalancers', { status: 400, body });
    expect((await run('create', 'lb', 'x')).err).toBe(
      'sluice: loadbalancer: vip_address is missing; ' +
        'add --vip: the IP address clients connect to, or --subnet to have one chosen\n',
    );
  });

  it('tells what the gateway refuses, by code', async () => {
    const request = 'POST /v2.0/lbaas/loadbalancers';
    gateway.answer(request, refusal(409, 'VIP 198.18.0.12 is taken'));
    expect(await run('create', 'lb', 'x', '--vip', '198.18.0.12')).toEqual({
      code: 2,
      out: '',
      err: 'sluice: VIP 198.18.0.12 is taken\n',
    });
    gateway.answer(request, refusal(500, 'a defect'));
    expect(await run('create', 'lb', 'x')).toMatchObject({
      code: 1,
      err: "sluice: a defect; look into the gateway's log\n",
    });
  });
});
