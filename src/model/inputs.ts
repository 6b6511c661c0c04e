/**
 * What operations on single resources take: validated bodies with every default filled in (`...Create`), and patches that hold
 * only what was written, `null` already replaced by the default (`...Patch`).
 */
import type {
  HealthMonitor,
  L7Policy,
  L7Rule,
  Listener,
  LoadBalancer,
  LoadBalancerSpec,
  Made,
  Member,
  Pool,
  Resource,
} from './resources.js';

type Input<T extends Resource, Links extends keyof T = never> = Omit<T, Made | Links>;

/** With `listeners` and `pools` for the fully populated create. */
export type LoadBalancerCreate = LoadBalancerSpec & { project_id?: string };
export type ListenerCreate = Input<Listener, 'l7policies'> & { loadbalancer_id: string };
/** One of the two parents at least; with both, the listener must be of the load balancer. */
export type PoolCreate = Input<Pool, 'members' | 'healthmonitor'> & {
  loadbalancer_id: string | null;
  listener_id: string | null;
};
export type MemberCreate = Input<Member>;
export type HealthMonitorCreate = Input<HealthMonitor> & { pool_id: string };
/** Position null: after the others. */
export type L7PolicyCreate = Input<L7Policy, 'rules' | 'position'> & { listener_id: string; position: number | null };
export type L7RuleCreate = Input<L7Rule>;

export type LoadBalancerPatch = Partial<
  Pick<
    LoadBalancer,
    | 'name'
    | 'description'
    | 'admin_state_up'
    | 'tags'
    | 'vip_qos_policy_id'
    | 'additional_vips'
    | 'flavor_id'
    | 'managed_by'
  >
>;
export type ListenerPatch = Partial<Omit<Input<Listener>, 'protocol' | 'protocol_port' | 'l7policies'>>;
export type PoolPatch = Partial<Omit<Input<Pool>, 'protocol' | 'members' | 'healthmonitor'>>;
export type MemberPatch = Partial<Omit<Input<Member>, 'address' | 'protocol_port' | 'subnet_id'>>;
export type HealthMonitorPatch = Partial<Omit<Input<HealthMonitor>, 'type'>>;
export type L7PolicyPatch = Partial<Omit<Input<L7Policy>, 'rules'>>;
export type L7RulePatch = Partial<Input<L7Rule>>;
