import fc from 'fast-check';
import { expect, it } from 'vitest';
import { selfSigned } from '../certificates/testing/authority.js';
import type { LoadBalancerSpec } from '../model/resources.js';
import type { State } from '../model/state.js';
import { attempt } from '../model/testing/refusal.js';
import { bodies } from '../schema/index.js';
import { objectsOf } from './check.js';
import {
  applyTree,
  createPublicAddress,
  deleteHealthMonitor,
  deleteL7Policy,
  deleteL7Rule,
  deleteListener,
  deleteLoadBalancer,
  deleteMember,
  deletePool,
  deletePublicAddress,
  locate,
  quotaOf,
  replaceMembers,
  setQuota,
  type TreeKind,
  updateL7Policy,
  updateListener,
  updateLoadBalancer,
  updateMember,
  updatePool,
  updatePublicAddress,
  usageOf,
} from './index.js';
import { checkInvariants, checkSharing } from './testing/invariants.js';
import { caller, NOBODY, SUBNET, World } from './testing/world.js';

const SERVER = selfSigned({ domains: ['www.example.com'] });

/** Three numbers that decide what an operation is about. */
type Numbers = readonly [number, number, number];
type Step = (world: World, numbers: Numbers) => unknown;

/** Some object of a kind, now and then an id that nothing has. */
function some(world: World, kind: TreeKind, number: number): { id: string } {
  const ids = world.state.loadbalancers
    .flatMap((loadbalancer) => [...objectsOf(loadbalancer)].map(({ id }) => id))
    .filter((id) => locate(world.state, id)?.kind === kind);
  return { id: (number % 12 === 11 ? undefined : ids[number % ids.length]) ?? NOBODY };
}

function somePublicAddress(world: World, number: number): string {
  const ids = [...world.state.publicaddresses.keys()];
  return ids[number % (ids.length + 1)] ?? NOBODY;
}

function parentOf(world: World, { id }: { id: string }): string {
  const located = locate(world.state, id);
  return located?.l7policy?.id ?? located?.pool?.id ?? NOBODY;
}

const LISTENER_PROTOCOLS = ['TCP', 'UDP', 'HTTP', 'HTTPS'];
const POOL_PROTOCOLS = ['TCP', 'UDP', 'HTTP'];
const QUOTAS = ['loadbalancer', 'listener', 'pool', 'member', 'healthmonitor', 'l7policy', 'l7rule'] as const;

const of = <T>(values: readonly T[], number: number): T => values[number % values.length] as T;

/** A load balancer that has something of everything below it. */
function tree(world: World, vip_address: string, number: number) {
  const pool = { lb_algorithm: 'ROUND_ROBIN', members: [{ address: `198.18.2.${number % 6}`, protocol_port: 80 }] };
  const rule = { type: 'PATH', compare_type: 'EQUAL_TO', value: '/' };
  const l7policies = ['a', 'b', 'c'].map((name) => ({
    action: 'REDIRECT_TO_POOL',
    redirect_pool: {
      ...pool,
      name,
      protocol: 'HTTP',
      healthmonitor: { type: 'HTTP', delay: 5, timeout: 5, max_retries: 3 },
    },
    rules: [rule, rule],
  }));
  const certificate = [...world.state.certificates.values()].find(({ project_id }) => {
    return project_id === world.caller.project?.id;
  });
  const https = { name: 'https', protocol: 'TERMINATED_HTTPS', default_tls_container_ref: certificate?.id };
  const toHttps = { action: 'REDIRECT_TO_LISTENER', redirect_listener: { name: 'https' } };
  return {
    vip_address,
    listeners: [
      { protocol: 'HTTP', protocol_port: 80, l7policies },
      { protocol: 'UDP', protocol_port: 80, default_pool: { ...pool, protocol: 'UDP' } },
      { protocol: 'TCP', protocol_port: 81, default_pool: { ...pool, protocol: of(['TCP', 'HTTP'], number) } },
      ...(certificate ? [{ ...https, protocol_port: 443 }] : []),
      ...(certificate ? [{ protocol: 'HTTP', protocol_port: 84, l7policies: [toHttps] }] : []),
    ],
  };
}

/** Few addresses, ports and names, so that objects meet. */
const STEPS: Record<string, Step> = {
  createLoadBalancer: (world, [a]) =>
    world.loadbalancer(a % 3 === 0 ? { vip_subnet_id: SUBNET.id } : { vip_address: `198.18.2.${a % 6}` }),
  createTree: (world, [a, b]) => world.loadbalancer(tree(world, `198.18.2.${a % 6}`, b)),
  apply: (world, [a, b, c]) => {
    const bodiesOfFile = Array.from({ length: a % 3 }, (_, index) => ({
      ...tree(world, `198.18.2.${(b + index) % 6}`, c),
      name: of(['f0', 'f1', 'x'], b + index),
    }));
    const specs: LoadBalancerSpec[] = bodiesOfFile.map((body) => bodies.loadbalancer.create.read(body));
    return world.run(applyTree(specs, { manager: 'apply', prune: c % 3 === 0, adopt: c % 4 === 0 }));
  },
  updateLoadBalancer: (world, [a, b]) =>
    world.run(updateLoadBalancer(some(world, 'loadbalancer', a).id, { name: of(['', 'x', 'y'], b) })),
  handOver: (world, [a, b]) =>
    world.run(
      updateLoadBalancer(some(world, 'loadbalancer', a).id, {
        managed_by: of(['api', 'api', 'api', 'apply'] as const, b),
      }),
    ),
  deleteLoadBalancer: (world, [a, b]) =>
    world.run(deleteLoadBalancer(some(world, 'loadbalancer', a).id, { cascade: b % 4 === 0 })),
  createListener: (world, [a, b, c]) =>
    world.listener(some(world, 'loadbalancer', a), {
      protocol: of(LISTENER_PROTOCOLS, b),
      protocol_port: 80 + (c % 3),
      default_pool_id: c % 2 === 0 ? some(world, 'pool', b).id : null,
    }),
  updateListener: (world, [a, b, c]) =>
    world.run(
      updateListener(some(world, 'listener', a).id, {
        default_pool_id: some(world, 'pool', b).id,
        name: of(['', 'x'], c),
      }),
    ),
  orderPolicies: (world, [a, b]) =>
    world.run(
      updateListener(some(world, 'listener', a).id, { policy_order: of(['EXACTNESS', 'POSITION', null] as const, b) }),
    ),
  deleteListener: (world, [a, b]) => world.run(deleteListener(some(world, 'listener', a).id, { cascade: b % 2 === 0 })),
  createPool: (world, [a, b, c]) =>
    world.pool(some(world, 'loadbalancer', a), {
      protocol: of(POOL_PROTOCOLS, b),
      ...(c % 2 === 0 ? { loadbalancer_id: null, listener_id: some(world, 'listener', a).id } : {}),
    }),
  updatePool: (world, [a, b]) =>
    world.run(updatePool(some(world, 'pool', a).id, { lb_algorithm: of(['ROUND_ROBIN', 'SOURCE_IP'] as const, b) })),
  deletePool: (world, [a]) => world.run(deletePool(some(world, 'pool', a).id)),
  createMember: (world, [a, b, c]) =>
    world.member(some(world, 'pool', a), { address: `198.18.2.${b % 6}`, protocol_port: 80 + (c % 2) }),
  updateMember: (world, [a, b, c]) => {
    const member = some(world, 'member', a);
    const pool = c % 5 === 0 ? some(world, 'pool', c).id : parentOf(world, member);
    return world.run(updateMember(pool, member.id, { weight: b % 3 }));
  },
  deleteMember: (world, [a]) => {
    const member = some(world, 'member', a);
    return world.run(deleteMember(parentOf(world, member), member.id));
  },
  replaceMembers: (world, [a, b, c]) => {
    const wanted = Array.from({ length: b % 4 }, (_, index) =>
      bodies.member.create.read({ address: `198.18.2.${(c + index) % 6}`, protocol_port: 80, weight: c % 3 }),
    );
    return world.run(replaceMembers(some(world, 'pool', a).id, wanted, { additiveOnly: c % 2 === 0 }));
  },
  createMonitor: (world, [a, b]) =>
    world.monitor(some(world, 'pool', a), { type: of(['TCP', 'HTTP', 'UDP-CONNECT'], b) }),
  deleteMonitor: (world, [a]) => world.run(deleteHealthMonitor(some(world, 'healthmonitor', a).id)),
  createPolicy: (world, [a, b, c]) =>
    world.policy(some(world, 'listener', a), {
      position: 1 + (c % 4),
      ...(b % 2 === 0 ? { action: 'REDIRECT_TO_POOL', redirect_pool_id: some(world, 'pool', b).id } : {}),
    }),
  createRedirect: (world, [a, b]) =>
    world.policy(some(world, 'listener', a), {
      action: 'REDIRECT_TO_LISTENER',
      redirect_listener_id: some(world, 'listener', b).id,
    }),
  usePolicy: (world, [a, b]) =>
    world.run(updateL7Policy(some(world, 'l7policy', a).id, { admin_state_up: b % 2 === 0 })),
  movePolicy: (world, [a, b]) => world.run(updateL7Policy(some(world, 'l7policy', a).id, { position: 1 + (b % 4) })),
  deletePolicy: (world, [a]) => world.run(deleteL7Policy(some(world, 'l7policy', a).id)),
  createRule: (world, [a, b]) => world.rule(some(world, 'l7policy', a), { value: `/${b % 3}` }),
  deleteRule: (world, [a]) => {
    const rule = some(world, 'l7rule', a);
    return world.run(deleteL7Rule(parentOf(world, rule), rule.id));
  },
  createPublicAddress: (world, [a, b]) => {
    const loadbalancer_id = b % 2 === 0 ? some(world, 'loadbalancer', a).id : null;
    const body = { address: `198.18.2.${a % 6}`, loadbalancer_id };
    return world.run(createPublicAddress(bodies.publicaddress.create.read(body)));
  },
  bind: (world, [a, b]) => {
    const loadbalancer_id = b % 3 === 0 ? null : some(world, 'loadbalancer', b).id;
    return world.run(updatePublicAddress(somePublicAddress(world, a), { loadbalancer_id }));
  },
  deletePublicAddress: (world, [a, b]) =>
    world.run(deletePublicAddress(somePublicAddress(world, a), { cascade: b % 2 === 0 })),
  setQuota: (world, [a, b]) =>
    world.run(setQuota(world.caller.project!.id, { [of(QUOTAS, a)]: of([-1, 0, 3, 6, 12], b) })),
  fail: (world, [a, b]) => {
    const { id } = some(world, 'loadbalancer', a);
    return b % 8 === 0 ? world.errors.set(id, 'no room') : world.errors.clear();
  },
  otherProject: (world, [a]) => {
    world.caller = caller(of(['p1', 'p1', 'p1', 'p2'], a));
  },
};

const anyStep = fc.record({
  name: fc.constantFrom(...Object.keys(STEPS)),
  numbers: fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)),
});

it('any operations in any order keep every invariant, and refuse with a reason', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 80, size: 'max' }), (steps) => {
      const world = new World();
      world.certificate({ certificate: SERVER.certificate, private_key: SERVER.key });
      world.loadbalancer(tree(world, '198.18.2.100', 1));
      world.loadbalancer(tree(world, '198.18.2.101', 2));
      STEPS.createPublicAddress!(world, [0, 0, 0]);
      STEPS.createPublicAddress!(world, [3, 0, 0]);
      const states: State[] = [];
      for (const { name, numbers } of steps) {
        const before = freeze(world.state);
        const refusal = attempt(() => STEPS[name]!(world, numbers));
        if (refusal) {
          expect(refusal.status).toBeGreaterThanOrEqual(400);
          expect(refusal.status).toBeLessThan(500);
          expect(world.state).toBe(before);
        }
        checkInvariants(world.state);
        checkSharing(before, world.state);
        checkGrowth(before, world.state);
        states.push(world.state);
      }
      // Old states are as they were, whichever is asked first.
      for (const state of [states[0]!, states.at(-1)!, states[states.length >> 1]!]) {
        checkInvariants(state);
      }
    }),
    { numRuns: 40 },
  );
});

/** What has grown is within the limits of its project. */
function checkGrowth(before: State, after: State): void {
  for (const project of ['p1', 'p2']) {
    const [old, now, limits] = [usageOf(before, project), usageOf(after, project), quotaOf(after, project)];
    for (const kind of QUOTAS) {
      expect(now[kind] <= old[kind] || limits[kind] < 0 || now[kind] <= limits[kind]).toBe(true);
    }
  }
}

/** A state that nothing can change in place. */
function freeze(state: State): State {
  for (const loadbalancer of state.loadbalancers) {
    for (const object of objectsOf(loadbalancer)) {
      for (const value of Object.values(object)) {
        Object.freeze(value);
      }
      Object.freeze(object);
    }
  }
  Object.freeze(state.loadbalancers);
  return Object.freeze(state);
}
