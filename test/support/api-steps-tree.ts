/** Random requests about load balancers and what is below them. */
import type { Json } from './api-client.js';
import { create, member, of, oneOf, ref, remove, type Step, some, someOrNull, tree, update } from './api-step.js';

const LISTENERS = ['TCP', 'UDP', 'HTTPS', 'HTTP', 'TERMINATED_HTTPS', 'TCP', 'HTTP', 'PROMETHEUS'];
const POOLS = ['TCP', 'UDP', 'HTTPS', 'HTTP', 'PROXY', 'HTTP', 'PROXYV2'];
const ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'];

const STICKY = [
  null,
  { type: 'SOURCE_IP' },
  { type: 'SOURCE_IP', persistence_timeout: 120 },
  { type: 'HTTP_COOKIE' },
  { type: 'HTTP_COOKIE', cookie_name: 'server', cookie_mode: 'REWRITE', persistence_timeout: 600 },
  { type: 'APP_COOKIE', cookie_name: 'session' },
  { type: 'SOURCE_IP', persistence_timeout: 59 },
];

const LOADBALANCER_CHANGES = {
  name: ['', 'x', 'y'],
  description: ['changed', ''],
  admin_state_up: [true, false],
  tags: [['a'], [], ['k=v', 'k=w']],
};

const LISTENER_CHANGES = {
  name: ['', 'web'],
  admin_state_up: [true, false],
  connection_limit: [100, -1, -2, '5', 0],
  timeout_client_data: [1000, 50_500, 86_400_000, null, 0],
  client_address: ['toa', 'none', 'both'],
  allowed_cidrs: [['198.18.9.0/24'], [], null, ['fd00::/64'], ['nonsense']],
  session_rate_limit: [1000, null],
  bandwidth_limit: [5000, 5001, null],
  request_rate_limit: [100, null],
  timeout_member_data: [1000, 50_000, null],
  timeout_http_keepalive: [1000, null, 999],
  compression: [true, false],
  preserve_host: [false, true],
  policy_order: ['EXACTNESS', 'POSITION', null],
  access_log: [false, true],
  insert_headers: [{ 'X-Forwarded-For': 'true', 'X-Tenant': 'a b' }, {}, { 'X-Forwarded-For': 'yes' }],
  hsts_max_age: [3600, null],
  tls_policy: ['OLD', 'MODERN', null],
};

const POOL_CHANGES = {
  lb_algorithm: ALGORITHMS,
  session_persistence: STICKY,
  admin_state_up: [true, false],
  tls_enabled: [true, false],
};

const RULES = [
  { type: 'PATH', compare_type: 'EQUAL_TO', value: '/x' },
  { type: 'HOST_NAME', compare_type: 'EQUAL_TO', value: '*.example.org' },
  { type: 'PATH', compare_type: 'REGEX', value: '(' },
  { type: 'HOST_NAME', compare_type: 'ENDS_WITH', value: '.example.com' },
  { type: 'PATH', compare_type: 'STARTS_WITH', value: '/images/' },
  { type: 'HEADER', compare_type: 'CONTAINS', key: 'X-Kind', value: 'a b"c' },
  { type: 'PATH', compare_type: 'REGEX', value: '^/[0-9]+$' },
  { type: 'COOKIE', compare_type: 'EQUAL_TO', key: 'kind', value: 'x' },
  { type: 'HEADER', compare_type: 'EQUAL_TO', value: 'without a key' },
  { type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value: 'True' },
];

const MONITOR_CHANGES = {
  name: ['', 'check'],
  admin_state_up: [true, false],
  delay: [50, 40, 0],
  max_retries: [3, 11],
  url_path: ['/', '/health', 'nothing', null],
};

const MEMBER_CHANGES = {
  name: ['', 'server'],
  weight: [0, 1, 7, 256, 257, '3', null],
  admin_state_up: [true, false],
  backup: [true, false],
  monitor_port: [9, 0, null],
};

const POLICY_CHANGES = {
  position: [1, 2, 100, 0],
  name: ['p'],
  admin_state_up: [true, false],
  redirect_url: ['https://example.org/', 'nowhere'],
  redirect_prefix: ['https://example.org/old'],
  redirect_http_code: [301, 308, 200],
};

const loadbalancers: Record<string, Step> = {
  createLoadBalancer: (world, [a, b, c]) => {
    const [project_id, vip_subnet_id] = [of(world.projects, c), world.subnetId];
    const vip = of([{ vip_address: of(world.vips, a) }, { vip_subnet_id }], b);
    const extra = of<object>(
      [{}, { project_id }, { additional_vips: [{ ip_address: of(world.vips, a + 1) }] }, { admin_state_up: false }],
      c,
    );
    return create('loadbalancers', 'loadbalancer', { name: of(['', 'x', 'y'], b), ...vip, ...extra });
  },
  createTree: (world, [a, b]) => create('loadbalancers', 'loadbalancer', tree(world, a, b)),
  createHalfATree: (world, [a, b]) => {
    const whole = tree(world, a, b);
    const [first, ...rest] = whole.listeners;
    const twice = {
      ...first,
      default_pool: { ...first.default_pool, members: [member(world, a, 0), member(world, a, 0)] },
    };
    return create('loadbalancers', 'loadbalancer', { ...whole, listeners: [...rest, of([first, twice, rest[0]], b)] });
  },
  createBeyondReach: ({ foreign }, [a]) =>
    create('loadbalancers', 'loadbalancer', { vip_address: of([foreign, 'fd00::7', '127.0.0.1', '0.0.0.0'], a) }),
  updateLoadBalancer: ({ configuration }, [a, b, c]) =>
    update(
      `loadbalancers/${some(configuration.loadbalancers, a).id}`,
      'loadbalancer',
      oneOf(LOADBALANCER_CHANGES, b, c),
    ),
  giveFlavor: ({ configuration }, [a, b]) =>
    update(`loadbalancers/${some(configuration.loadbalancers, a).id}`, 'loadbalancer', {
      flavor_id: someOrNull(configuration.flavors, b),
    }),
  giveVips: ({ configuration, vips, subnetId }, [a, b]) =>
    update(`loadbalancers/${some(configuration.loadbalancers, a).id}`, 'loadbalancer', {
      additional_vips: of<unknown>([[], [{ ip_address: of(vips, b) }], [{ subnet_id: subnetId }], [{}]], b),
    }),
  handOver: ({ configuration }, [a, b]) =>
    update(`loadbalancers/${some(configuration.loadbalancers, a).id}`, 'loadbalancer', {
      managed_by: of(['api', 'api', 'apply', 'host-file'], b),
    }),
  deleteLoadBalancer: ({ configuration }, [a, b]) =>
    remove(`loadbalancers/${some(configuration.loadbalancers, a).id}${of(['', '', '?cascade=true'], b)}`),
  failOver: ({ configuration }, [a]) => ({
    method: 'PUT',
    path: `/v2/lbaas/loadbalancers/${some(configuration.loadbalancers, a).id}/failover`,
  }),
};

const listeners: Record<string, Step> = {
  createListener: ({ configuration }, [a, b, c]) => {
    const { id } = some(configuration.loadbalancers, a);
    const protocol = of(LISTENERS, b);
    const near = configuration.pools.filter(({ loadbalancers }) => loadbalancers[0].id === id);
    return create('listeners', 'listener', {
      loadbalancer_id: id,
      protocol,
      protocol_port: 80 + (c % 6),
      ...(a % 2 === 0 ? { default_pool_id: someOrNull(c % 3 === 2 ? configuration.pools : near, c) } : {}),
      ...(protocol === 'TERMINATED_HTTPS' ? { default_tls_container_ref: ref(configuration, 'SERVER', a + c) } : {}),
    });
  },
  updateListener: ({ configuration }, [a, b, c]) =>
    update(`listeners/${some(configuration.listeners, a).id}`, 'listener', oneOf(LISTENER_CHANGES, b, c)),
  givePool: ({ configuration }, [a, b]) =>
    update(`listeners/${some(configuration.listeners, a).id}`, 'listener', {
      default_pool_id: someOrNull(configuration.pools, b),
    }),
  giveAccessList: ({ configuration }, [a, b]) =>
    update(`listeners/${some(configuration.listeners, a).id}`, 'listener', {
      access_list_id: someOrNull(configuration.accesslists, b),
      access_list_action: of(['allow', 'deny', null], b),
    }),
  giveCertificates: ({ configuration }, [a, b, c]) => {
    const tls = configuration.listeners.filter(({ protocol }) => protocol === 'TERMINATED_HTTPS');
    const [one, other] = [ref(configuration, 'SERVER', b), ref(configuration, 'SERVER', c)];
    const client_ca_tls_container_ref = ref(configuration, 'CLIENT_CA', b);
    const fields = [
      { default_tls_container_ref: one },
      { sni_container_refs: [one, other] },
      { sni_container_refs: [] },
      { client_authentication: of(['MANDATORY', 'OPTIONAL'], c), client_ca_tls_container_ref },
      { client_ca_tls_container_ref, client_crl_container_ref: ref(configuration, 'CRL', c) },
      { client_authentication: 'NONE', client_ca_tls_container_ref: null, client_crl_container_ref: null },
    ];
    return update(`listeners/${some(tls, a).id}`, 'listener', of<object>(fields, b + c));
  },
  deleteListener: ({ configuration }, [a, b]) =>
    remove(`listeners/${some(configuration.listeners, a).id}${of(['', '?cascade=True', '?cascade=maybe'], b)}`),
  createPolicy: ({ configuration }, [a, b, c]) => {
    const { listeners, pools } = configuration;
    const ofHttp = listeners.filter(({ protocol }) => protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS');
    const { id, loadbalancers } = some(a % 5 === 4 ? listeners : ofHttp, a);
    const near = (objects: readonly Json[]) => {
      return objects.filter((one) => one.loadbalancers[0].id === loadbalancers?.[0].id);
    };
    const secure = near(listeners).filter(({ protocol }) => protocol === 'TERMINATED_HTTPS');
    const actions = [
      { action: 'REJECT' },
      { action: 'REDIRECT_TO_POOL', redirect_pool_id: some(near(pools), c).id },
      { action: 'REDIRECT_TO_URL', redirect_url: 'https://example.org/' },
      { action: 'REDIRECT_TO_POOL', redirect_pool_id: some(pools, c).id },
      { action: 'REDIRECT_PREFIX', redirect_prefix: 'https://example.org/%3f' },
      { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: some(c % 3 === 2 ? listeners : secure, c).id },
    ];
    return create('l7policies', 'l7policy', { listener_id: id, position: 1 + (c % 4), ...of<object>(actions, b) });
  },
  updatePolicy: ({ configuration }, [a, b, c]) =>
    update(`l7policies/${some(configuration.l7policies, a).id}`, 'l7policy', oneOf(POLICY_CHANGES, b, c)),
  deletePolicy: ({ configuration }, [a]) => remove(`l7policies/${some(configuration.l7policies, a).id}`),
  createRule: ({ configuration }, [a, b]) =>
    create(`l7policies/${some(configuration.l7policies, a).id}/rules`, 'rule', of<object>(RULES, b)),
  updateRule: ({ configuration }, [a, b]) => {
    const rule = some(configuration.rules, a);
    return update(`l7policies/${rule.l7policy_id}/rules/${rule.id}`, 'rule', { invert: b % 2 === 0 });
  },
  deleteRule: ({ configuration }, [a]) => {
    const rule = some(configuration.rules, a);
    return remove(`l7policies/${rule.l7policy_id}/rules/${rule.id}`);
  },
};

const pools: Record<string, Step> = {
  createPool: ({ configuration }, [a, b, c]) =>
    create('pools', 'pool', {
      protocol: of(POOLS, b),
      lb_algorithm: of(ALGORITHMS, c),
      session_persistence: of(STICKY, a + c),
      ...of<object>(
        [
          { loadbalancer_id: some(configuration.loadbalancers, a).id },
          { listener_id: some(configuration.listeners, a).id },
          {},
        ],
        c,
      ),
    }),
  updatePool: ({ configuration }, [a, b, c]) =>
    update(`pools/${some(configuration.pools, a).id}`, 'pool', oneOf(POOL_CHANGES, b, c)),
  securePool: ({ configuration }, [a, b, c]) => {
    const [own, ca] = [ref(configuration, 'SERVER', b), ref(configuration, 'CLIENT_CA', b)];
    const fields = [
      { ca_tls_container_ref: ca },
      { tls_container_ref: own },
      { ca_tls_container_ref: ca, crl_container_ref: ref(configuration, 'CRL', c) },
      { ca_tls_container_ref: null, tls_container_ref: null, crl_container_ref: null },
    ];
    return update(`pools/${some(configuration.pools, a).id}`, 'pool', { tls_enabled: true, ...of<object>(fields, c) });
  },
  deletePool: ({ configuration }, [a]) => remove(`pools/${some(configuration.pools, a).id}`),
  createMember: (world, [a, b, c]) =>
    create(`pools/${some(world.configuration.pools, a).id}/members`, 'member', {
      ...member(world, b, c),
      backup: c % 5 === 4,
    }),
  updateMember: ({ configuration }, [a, b, c]) => {
    const { pool_id, id } = some(configuration.members, a);
    return update(`pools/${pool_id}/members/${id}`, 'member', oneOf(MEMBER_CHANGES, b, c));
  },
  deleteMember: ({ configuration }, [a]) => {
    const { pool_id, id } = some(configuration.members, a);
    return remove(`pools/${pool_id}/members/${id}`);
  },
  replaceMembers: (world, [a, b, c]) => ({
    method: 'PUT',
    path: `/v2/lbaas/pools/${some(world.configuration.pools, a).id}/members?additive_only=${c % 2 === 0}`,
    // The last one may be the first once more.
    body: { members: Array.from({ length: b % 4 }, (_, index) => member(world, c + (index % 3), 0)) },
  }),
  createMonitor: ({ configuration }, [a, b]) =>
    create('healthmonitors', 'healthmonitor', {
      pool_id: some(configuration.pools, a).id,
      type: of(['TCP', 'HTTP', 'PING', 'UDP-CONNECT'], b),
      delay: 50,
      timeout: 5,
      max_retries: 3,
    }),
  updateMonitor: ({ configuration }, [a, b, c]) =>
    update(`healthmonitors/${some(configuration.healthmonitors, a).id}`, 'healthmonitor', oneOf(MONITOR_CHANGES, b, c)),
  deleteMonitor: ({ configuration }, [a]) => remove(`healthmonitors/${some(configuration.healthmonitors, a).id}`),
};

export const TREE_STEPS: Record<string, Step> = { ...loadbalancers, ...listeners, ...pools };
