/** Two load balancers with the same names below them, as most gateways have. */
import type { Json } from '../resources/resource.js';
import { FakeGateway } from './fake-gateway.js';

/** Ids that can be told apart: the first digits say the kind, the last which one. */
export function id(kind: number, number: number): string {
  return `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const WEB = id(1, 1);
const SHOP = id(1, 2);
const STATES = {
  provisioning_status: 'ACTIVE',
  operating_status: 'ONLINE',
  admin_state_up: true,
  project_id: id(90, 1),
};

export const IDS = {
  web: WEB,
  shop: SHOP,
  webHttp: id(2, 1),
  shopHttp: id(2, 2),
  dns: id(2, 3),
  webApp: id(3, 1),
  shopApp: id(3, 2),
  member5: id(4, 5),
  member6: id(4, 6),
  shopMember5: id(4, 25),
  monitor: id(5, 1),
  policy: id(6, 1),
  rule: id(7, 1),
  flavor: id(8, 1),
  list: id(9, 1),
  project: id(90, 1),
  alice: id(91, 1),
} as const;

function loadbalancer(ownId: string, name: string, vip_address: string, listeners: string[]): Json {
  const ids = listeners.map((listener) => ({ id: listener }));
  return { id: ownId, name, vip_address, listeners: ids, pools: [], managed_by: 'api', flavor_id: null, ...STATES };
}

function listener(ownId: string, name: string, owner: string, fields: Json): Json {
  return {
    id: ownId,
    name,
    loadbalancers: [{ id: owner }],
    default_pool_id: null,
    allowed_cidrs: null,
    tags: [],
    ...STATES,
    ...fields,
  };
}

function pool(ownId: string, name: string, owner: string, fields: Json): Json {
  return {
    id: ownId,
    name,
    loadbalancers: [{ id: owner }],
    protocol: 'TCP',
    lb_algorithm: 'ROUND_ROBIN',
    ...STATES,
    ...fields,
  };
}

function member(ownId: string, name: string, address: string, fields: Json = {}): Json {
  return { id: ownId, name, address, protocol_port: 8080, weight: 1, backup: false, ...STATES, ...fields };
}

/** The gateway of most tests; it still has to be started. */
export function scene(): FakeGateway {
  const gateway = new FakeGateway();
  const lbaas = (kind: string) => `/v2.0/lbaas/${kind}`;
  gateway
    .collection(lbaas('loadbalancers'), 'loadbalancer', 'loadbalancers', [
      loadbalancer(WEB, 'web', '198.18.0.10', [IDS.webHttp, IDS.dns]),
      loadbalancer(SHOP, 'shop', '198.18.0.11', [IDS.shopHttp]),
    ])
    .collection(lbaas('listeners'), 'listener', 'listeners', [
      listener(IDS.webHttp, 'http', WEB, {
        protocol: 'TCP',
        protocol_port: 80,
        default_pool_id: IDS.webApp,
        tags: ['a=1'],
      }),
      listener(IDS.dns, 'dns', WEB, { protocol: 'UDP', protocol_port: 53 }),
      listener(IDS.shopHttp, 'http', SHOP, { protocol: 'TCP', protocol_port: 80 }),
    ])
    .collection(lbaas('pools'), 'pool', 'pools', [
      pool(IDS.webApp, 'app', WEB, {
        members: [{ id: IDS.member5 }, { id: IDS.member6 }],
        healthmonitor_id: IDS.monitor,
      }),
      pool(IDS.shopApp, 'app', SHOP, { members: [{ id: IDS.shopMember5 }], healthmonitor_id: null }),
    ])
    .collection(lbaas(`pools/${IDS.webApp}/members`), 'member', 'members', [
      member(IDS.member5, '', '10.0.0.5', { weight: 3 }),
      member(IDS.member6, 'six', 'fd00::6', { operating_status: 'ERROR' }),
    ])
    .collection(lbaas(`pools/${IDS.shopApp}/members`), 'member', 'members', [
      member(IDS.shopMember5, '', '10.0.0.5', { weight: 2 }),
    ])
    .collection(lbaas('healthmonitors'), 'healthmonitor', 'healthmonitors', [
      {
        id: IDS.monitor,
        name: '',
        type: 'TCP',
        delay: 5,
        timeout: 5,
        max_retries: 3,
        max_retries_down: 3,
        pools: [{ id: IDS.webApp }],
        ...STATES,
      },
    ])
    .collection(lbaas('l7policies'), 'l7policy', 'l7policies', [
      {
        id: IDS.policy,
        name: 'static',
        action: 'REDIRECT_TO_LISTENER',
        redirect_listener_id: IDS.dns,
        position: 1,
        listener_id: IDS.webHttp,
        rules: [{ id: IDS.rule }],
        ...STATES,
      },
    ])
    .collection(lbaas(`l7policies/${IDS.policy}/rules`), 'rule', 'rules', [
      {
        id: IDS.rule,
        type: 'PATH',
        compare_type: 'STARTS_WITH',
        key: null,
        value: '/static',
        invert: false,
        ...STATES,
      },
    ])
    .collection(lbaas('flavors'), 'flavor', 'flavors', [{ id: IDS.flavor, name: 'small', enabled: true }])
    .collection(lbaas('availabilityzones'), 'availability_zone', 'availability_zones', [
      { name: 'east', enabled: true },
    ])
    .collection(lbaas('quotas'), 'quota', 'quotas', [{ project_id: IDS.project, loadbalancer: 5, listener: -1 }])
    .collection('/v2/sluice/accesslists', 'accesslist', 'accesslists', [
      { id: IDS.list, name: 'office', cidrs: ['10.0.0.0/8'], tags: [], project_id: IDS.project },
    ])
    .collection('/identity/v3/projects', 'project', 'projects', [{ id: IDS.project, name: 'web-team', enabled: true }])
    .collection('/identity/v3/users', 'user', 'users', [{ id: IDS.alice, name: 'alice', enabled: true }]);
  return gateway;
}
