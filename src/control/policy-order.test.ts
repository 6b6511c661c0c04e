import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../model/errors.js';
import { exactnessKey } from '../model/policy-order.js';
import type { L7Policy, Listener, LoadBalancer } from '../model/resources.js';
import { bodies } from '../schema/index.js';
import {
  deleteL7Policy,
  deleteL7Rule,
  locateKind,
  type Operation,
  updateL7Policy,
  updateL7Rule,
  updateListener,
} from './index.js';
import { World } from './testing/world.js';

let world: World;
let loadbalancer: LoadBalancer;
let listener: Listener;

beforeEach(() => {
  world = new World();
  loadbalancer = world.loadbalancer();
  listener = world.listener(loadbalancer, { protocol: 'HTTP' });
});

const host = (value: string) => ({ type: 'HOST_NAME', compare_type: 'EQUAL_TO', value });
const path = (value: string) => ({ type: 'PATH', compare_type: 'EQUAL_TO', value });
const cookie = { type: 'COOKIE', compare_type: 'EQUAL_TO', key: 'a', value: 'b' };

/** A policy about a host and a path. */
function about(name: string, ...rules: object[]): L7Policy {
  const policy = world.policy(listener, { name });
  for (const rule of rules) {
    world.rule(policy, { ...rule });
  }
  return locateKind(world.state, 'l7policy', policy.id)!.object;
}

const change = (body: object) => world.run(updateListener(listener.id, bodies.listener.update.read(body)));
const conflict = (message: RegExp) =>
  expect.objectContaining({ code: 'conflict', status: 409, message: expect.stringMatching(message) });

describe('two policies about the same domain and path', () => {
  let first: L7Policy;
  beforeEach(() => {
    first = about('first', host('a.example'), path('/x'));
  });

  it('are refused with the name of the other, when the last rule comes', () => {
    const second = about('second', path('/x'));
    expect(() => world.rule(second, host('A.example'))).toThrow(
      conflict(new RegExp(`policy ${first.id} "first" is about host a.example and path /x already`)),
    );
    world.rule(second, host('b.example'));
  });

  it('are refused when a rule changes, goes, or a policy comes into use', () => {
    const second = about('second', host('a.example'), path('/y'));
    const [, rule] = second.rules;
    expect(() => world.run(updateL7Rule(second.id, rule!.id, { value: '/x' }))).toThrow(conflict(/"first"/));
    world.run(updateL7Policy(second.id, { admin_state_up: false }));
    world.run(updateL7Rule(second.id, rule!.id, { value: '/x' }));
    expect(() => world.run(updateL7Policy(second.id, { admin_state_up: true }))).toThrow(conflict(/"first"/));
    world.run(deleteL7Policy(first.id));
    world.run(updateL7Policy(second.id, { admin_state_up: true }));
    const third = about('third', host('a.example'));
    expect(() => world.run(deleteL7Rule(second.id, rule!.id))).toThrow(conflict(/"third" is about host a.example/));
    expect(third.rules).toHaveLength(1);
  });

  it('are taken by position', () => {
    change({ policy_order: 'POSITION' });
    about('second', host('a.example'), path('/x'));
    expect(() => change({ policy_order: null })).toThrow(
      conflict(/listener.policy_order: policy \S+ "second": policy/),
    );
    expect(() => change({ policy_order: 'EXACTNESS' })).toThrow(conflict(/"first" is about host a.example/));
  });

  it('are taken among others that only their positions tell apart', () => {
    const other = about('other', cookie);
    const second = about('second', host('a.example'), path('/x'));
    expect(() => change({ policy_order: 'EXACTNESS' })).toThrow(
      conflict(/"other": policy_order is EXACTNESS, and it has a rule of type COOKIE/),
    );
    world.run(deleteL7Policy(other.id));
    expect(() => world.run(updateL7Policy(second.id, { name: 'again' }))).toThrow(conflict(/"first"/));
  });

  it('are refused for whole listeners that lead elsewhere', () => {
    const certificate = world.certificate().id;
    const https = world.listener(loadbalancer, {
      protocol: 'TERMINATED_HTTPS',
      protocol_port: 443,
      default_tls_container_ref: certificate,
    });
    const redirect = { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: https.id };
    world.policy(listener, redirect);
    expect(() => world.policy(listener, redirect)).toThrow(conflict(/is about every request already/));
    world.policy(listener);
  });
});

it('a policy that cannot be compared by exactness is refused where that is asked for', () => {
  change({ policy_order: 'EXACTNESS' });
  const policy = about('a', path('/x'));
  expect(() => world.rule(policy, path('/y'))).toThrow(conflict(/it has several rules of type PATH/));
  expect(() => world.rule(policy, { ...host('a.example'), invert: true })).toThrow(conflict(/a rule that is inverted/));
  expect(() => world.rule(policy, { ...host('a'), compare_type: 'CONTAINS' })).toThrow(
    conflict(/compared by CONTAINS/),
  );
});

type Step = readonly [what: 'policy' | 'rule' | 'value' | 'use' | 'delete', which: number, value: number];

it('whatever comes and goes, no two policies in use are about the same', () => {
  const step = fc.tuple(fc.constantFrom('policy', 'rule', 'value', 'use', 'delete'), fc.nat(9), fc.nat(2));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      world = new World();
      listener = world.listener(world.loadbalancer(), { protocol: 'HTTP', policy_order: 'EXACTNESS' });
      for (const one of steps as Step[]) {
        take(one);
        expect(new Set(keys()).size).toBe(keys().length);
      }
    }),
  );
});

function policies(): L7Policy[] {
  return locateKind(world.state, 'listener', listener.id)!.object.l7policies;
}

function keys(): string[] {
  return policies()
    .filter(({ admin_state_up }) => admin_state_up)
    .flatMap((policy) => exactnessKey(policy) ?? []);
}

/** Takes a step, or is refused for a conflict. */
function take([what, which, value]: Step): void {
  const policy = policies()[which % Math.max(policies().length, 1)];
  const operations: Record<Step[0], () => unknown> = {
    policy: () => world.policy(listener, { position: which + 1 }),
    rule: () => policy && policy.rules.length === 0 && world.rule(policy, path(`/${value}`)),
    value: () => policy?.rules[0] && run(updateL7Rule(policy.id, policy.rules[0].id, { value: `/${value}` })),
    use: () => policy && run(updateL7Policy(policy.id, { admin_state_up: !policy.admin_state_up })),
    delete: () => policy && run(deleteL7Policy(policy.id)),
  };
  try {
    operations[what]();
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'conflict')) {
      throw error;
    }
  }
}

function run<T>(operation: Operation<T>): T {
  return world.run(operation);
}
