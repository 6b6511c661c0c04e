import { beforeEach, describe, expect, it } from 'vitest';
import type { Listener, LoadBalancer } from '../model/resources.js';
import { bodies } from '../schema/index.js';
import { deleteL7Policy, deleteL7Rule, locateKind, updateL7Policy, updateL7Rule } from './index.js';
import { NOBODY, World } from './testing/world.js';

let world: World;
let loadbalancer: LoadBalancer;
let listener: Listener;

beforeEach(() => {
  world = new World();
  loadbalancer = world.loadbalancer();
  listener = world.listener(loadbalancer, { protocol: 'HTTP' });
});

function policies() {
  return locateKind(world.state, 'listener', listener.id)!.object.l7policies;
}

/** Names in order; fails when positions have gaps. */
function order(): string {
  expect(policies().map(({ position }) => position)).toEqual(policies().map((_, index) => index + 1));
  return policies()
    .map(({ name }) => name)
    .join('');
}

describe('positions of policies', () => {
  beforeEach(() => {
    for (const name of 'abc') {
      world.policy(listener, { name });
    }
  });

  it('count on, where none is given', () => {
    expect(order()).toBe('abc');
  });

  const created: Array<[position: number, result: string]> = [
    [1, 'xabc'],
    [2, 'axbc'],
    [4, 'abcx'],
    [99, 'abcx'],
  ];
  it.each(created)('make room for a new one at %i: %s', (position, result) => {
    const policy = world.policy(listener, { name: 'x', position });
    expect(order()).toBe(result);
    expect(policies()).toContain(policy);
  });

  const moved: Array<[name: string, position: number, result: string]> = [
    ['a', 3, 'bca'],
    ['c', 1, 'cab'],
    ['b', 2, 'abc'],
    ['a', 99, 'bca'],
  ];
  it.each(moved)('let %s move to %i: %s', (name, position, result) => {
    const { id } = policies().find((policy) => policy.name === name)!;
    const policy = world.run(updateL7Policy(id, { position }));
    expect(order()).toBe(result);
    expect(policies()).toContain(policy);
  });

  it('close up after a deletion, and those before it stay the very same', () => {
    const [a, b] = policies();
    world.run(deleteL7Policy(b!.id));
    expect(order()).toBe('ac');
    expect(policies()[0]).toBe(a);
  });
});

describe('the target of a policy', () => {
  it('is a pool of the same load balancer that the listener can use', () => {
    const [http, udp] = ['HTTP', 'UDP'].map((protocol) => world.pool(loadbalancer, { protocol }));
    const foreign = world.pool(world.loadbalancer(), { protocol: 'HTTP' });
    const to = (redirect_pool_id: string) => world.policy(listener, { action: 'REDIRECT_TO_POOL', redirect_pool_id });
    expect(to(http!.id).redirect_pool_id).toBe(http!.id);
    expect(() => to(udp!.id)).toThrow(/l7policy\.redirect_pool_id: an HTTP listener cannot use a UDP pool/);
    expect(() => to(foreign.id)).toThrow(`Pool ${foreign.id} not found.`);
    expect(() => to(NOBODY)).toThrow(`Pool ${NOBODY} not found.`);
  });

  it('is a listener of the same load balancer that ends TLS', () => {
    const tls = { protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: world.certificate().id };
    const https = world.listener(loadbalancer, tls);
    const foreign = world.listener(world.loadbalancer(), tls);
    const to = (redirect_listener_id: string) =>
      world.policy(listener, { action: 'REDIRECT_TO_LISTENER', redirect_listener_id });
    expect(to(https.id)).toMatchObject({ redirect_listener_id: https.id, redirect_http_code: 301 });
    expect(() => to(listener.id)).toThrow(/l7policy\.redirect_listener_id: clients would be sent in circles/);
    expect(() => to(foreign.id)).toThrow(`Listener ${foreign.id} not found.`);
    const { id } = world.policy(listener);
    const patch = bodies.l7policy.update.read({ redirect_listener_id: https.id, admin_state_up: false });
    expect(world.run(updateL7Policy(id, patch))).toMatchObject({ action: 'REDIRECT_TO_LISTENER' });
  });

  it('decides the action when only it is written, and the other targets go', () => {
    const pool = world.pool(loadbalancer, { protocol: 'HTTP' });
    const { id } = world.policy(listener, { action: 'REDIRECT_TO_POOL', redirect_pool_id: pool.id });
    const patch = bodies.l7policy.update.read({ redirect_url: 'https://example.com/' });
    expect(world.run(updateL7Policy(id, patch))).toMatchObject({
      action: 'REDIRECT_TO_URL',
      redirect_pool_id: null,
      redirect_url: 'https://example.com/',
      redirect_http_code: 302,
    });
    expect(world.run(updateL7Policy(id, { action: 'REJECT' }))).toMatchObject({
      redirect_url: null,
      redirect_http_code: null,
    });
  });

  it('must fit the action', () => {
    const { id } = world.policy(listener);
    expect(() => world.run(updateL7Policy(id, { action: 'REDIRECT_PREFIX' }))).toThrow(/redirect_prefix is missing/);
    expect(() => world.run(updateL7Policy(id, { action: 'REJECT', redirect_url: 'https://example.com/' }))).toThrow(
      /redirect_url does not fit the action REJECT/,
    );
  });
});

it('a policy needs a listener that sees requests', () => {
  const tcp = world.listener(loadbalancer, { protocol_port: 81 });
  expect(() => world.policy(tcp)).toThrow(/a TCP listener does not see requests/);
  expect(() => world.policy({ id: NOBODY })).toThrow(`Listener ${NOBODY} not found.`);
});

describe('rules', () => {
  it('are created, updated and deleted below their own policy', () => {
    const [policy, other] = [world.policy(listener), world.policy(listener)];
    const rule = world.rule(policy);
    expect(() => world.run(updateL7Rule(other.id, rule.id, { invert: true }))).toThrow(`L7 Rule ${rule.id} not found.`);
    expect(world.run(updateL7Rule(policy.id, rule.id, { invert: true })).invert).toBe(true);
    expect(policies()[1]).toBe(other);
    world.run(deleteL7Rule(policy.id, rule.id));
    expect(policies()[0]!.rules).toEqual([]);
  });

  it('about certificates need a listener that asks for them', () => {
    const rule = { type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value: 'true' };
    expect(() => world.rule(world.policy(listener), rule)).toThrow(/rule\.type: an HTTP listener sees no certificates/);
  });

  it('have to make sense as a whole', () => {
    const policy = world.policy(listener);
    const rule = world.rule(policy);
    expect(() => world.run(updateL7Rule(policy.id, rule.id, { type: 'HEADER' }))).toThrow(/key is missing/);
    expect(() => world.run(updateL7Rule(policy.id, rule.id, { compare_type: 'REGEX', value: '(' }))).toThrow(
      /regular exp/,
    );
  });

  it('are at most 50 a policy', () => {
    const policy = world.policy(listener);
    for (let i = 0; i < 50; i++) {
      world.rule(policy, { value: `/${i}` });
    }
    expect(() => world.rule(policy)).toThrow(
      expect.objectContaining({
        status: 409,
        message: expect.stringMatching(`^Too many rules on L7 policy ${policy.id}`),
      }),
    );
  });
});
