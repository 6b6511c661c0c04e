/** A state, and somebody who changes it: what tests of operations need. */
import { selfSigned } from '../../certificates/testing/authority.js';
import type { Caller, Role } from '../../model/identity.js';
import type { HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancer, Member, Pool } from '../../model/resources.js';
import type { Certificate, State } from '../../model/state.js';
import type { Subnet } from '../../model/subnet.js';
import { bodies } from '../../schema/index.js';
import { emptyState } from '../../store/rows.js';
import {
  type Context,
  createCertificate,
  createHealthMonitor,
  createL7Policy,
  createL7Rule,
  createListener,
  createLoadBalancer,
  createMember,
  createPool,
  findLoadBalancer,
  type Operation,
} from '../index.js';
import { fakeSeal, idSequence } from './fakes.js';

export const SUBNET: Subnet = {
  id: '10000000-0000-4000-8000-000000000001',
  network_id: '20000000-0000-4000-8000-000000000001',
  name: 'inside',
  cidr: { address: '198.18.0.0', prefix: 24, family: 4 },
  gateway_ip: '198.18.0.1',
  allocation_pools: [{ start: '198.18.0.1', end: '198.18.0.9' }],
  public: false,
};

/** A caller with a token of a project. */
export function caller(project: string, ...roles: Role[]): Caller {
  return {
    user: { id: 'u1', name: 'someone' },
    project: { id: project, name: project },
    roles: roles.length === 0 ? ['member'] : roles,
    from: '198.18.9.9',
  };
}

/** The operator on the Unix socket. */
export const OPERATOR: Caller = { user: { id: 'root', name: 'root' }, project: null, roles: ['admin'], from: 'socket' };

/** An id that is not given to anything. */
export const NOBODY = '00000000-0000-4000-8000-ffffffffffff';

type Body = Record<string, unknown>;

/** Runs operations one after another on its state, with the bodies that the API would take. */
export class World {
  state: State = emptyState();
  caller: Caller = caller('p1');
  now = '2026-01-31T12:00:00';
  subnets: readonly Subnet[] = [SUBNET];
  localAddresses: ReadonlySet<string> = new Set(['198.18.1.10']);
  /** Reasons by the ids of load balancers in ERROR. */
  errors = new Map<string, string>();
  readonly #newId = idSequence();
  #vips = 0;

  get context(): Context {
    return {
      state: this.state,
      caller: this.caller,
      now: this.now,
      newId: this.#newId,
      subnets: this.subnets,
      localAddresses: this.localAddresses,
      seal: fakeSeal,
      errorOf: (id) => this.errors.get(id),
    };
  }

  /** @throws SluiceError: the state stays */
  run<T>(operation: Operation<T>): T {
    const { state, result } = operation(this.context);
    this.state = state;
    return result;
  }

  /** A load balancer as it is now. */
  current({ id }: { id: string }): LoadBalancer {
    return findLoadBalancer(this.state, id)!;
  }

  /** A load balancer with a VIP of its own. */
  loadbalancer(body: Body = {}): LoadBalancer {
    const vip_address = `198.18.0.${100 + (this.#vips++ % 100)}`;
    const names = Object.keys(body);
    const given = names.some((name) => name.startsWith('vip_'));
    return this.run(createLoadBalancer(bodies.loadbalancer.create.read(given ? body : { vip_address, ...body })));
  }

  listener(loadbalancer: { id: string }, body: Body = {}): Listener {
    const complete = { loadbalancer_id: loadbalancer.id, protocol: 'TCP', protocol_port: 80, ...body };
    return this.run(createListener(bodies.listener.create.read(complete)));
  }

  /** A pool of a load balancer. */
  pool(loadbalancer: { id: string }, body: Body = {}): Pool {
    const complete = { loadbalancer_id: loadbalancer.id, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', ...body };
    return this.run(createPool(bodies.pool.create.read(complete)));
  }

  member(pool: { id: string }, body: Body = {}): Member {
    const complete = { address: '198.18.2.1', protocol_port: 80, ...body };
    return this.run(createMember(pool.id, bodies.member.create.read(complete)));
  }

  monitor(pool: { id: string }, body: Body = {}): HealthMonitor {
    const complete = { pool_id: pool.id, type: 'TCP', delay: 5, timeout: 5, max_retries: 3, ...body };
    return this.run(createHealthMonitor(bodies.healthmonitor.create.read(complete)));
  }

  policy(listener: { id: string }, body: Body = {}): L7Policy {
    const complete = { listener_id: listener.id, action: 'REJECT', ...body };
    return this.run(createL7Policy(bodies.l7policy.create.read(complete)));
  }

  /** A certificate of a server, or what the body says. */
  certificate(body: Body = {}): Certificate {
    const { certificate, key: private_key } = selfSigned({ domains: ['www.example.com'] });
    const complete = 'certificate' in body ? body : { certificate, private_key, ...body };
    return this.run(createCertificate(bodies.certificate.create.read(complete)));
  }

  rule(policy: { id: string }, body: Body = {}): L7Rule {
    const complete = { type: 'PATH', compare_type: 'STARTS_WITH', value: '/api', ...body };
    return this.run(createL7Rule(policy.id, bodies.l7rule.create.read(complete)));
  }
}
