/**
 * Every body of the API: what validates it, its JSON Schema for the API's description, and the rules between its fields.
 *
 * `bodies.listener.create.read(value)` takes the inner object (`value` of `{"listener": value}`) and gives it with every default
 * filled in; `update.read` gives what was written, null replaced by the default. Both throw every fault at once.
 *
 * Where the default depends on fields that an update does not have, such as a timeout on the protocol, null stays null in what
 * `update.read` gives: `listenerChanges`, `poolChanges` and `monitorChanges` put it in when the object is known. The rules between the
 * fields of a whole object (`checkListener` …) are checked on create, and by whoever changes an object; those between two objects
 * (`poolUseFault` …) by whoever brings them together.
 */
import type { TSchema } from 'typebox';
import type {
  HealthMonitorCreate,
  HealthMonitorPatch,
  L7PolicyCreate,
  L7PolicyPatch,
  L7RuleCreate,
  L7RulePatch,
  ListenerCreate,
  ListenerPatch,
  LoadBalancerCreate,
  LoadBalancerPatch,
  MemberCreate,
  MemberPatch,
  PoolCreate,
  PoolPatch,
} from '../model/inputs.js';
import * as certificates from './certificates.js';
import * as collections from './collections.js';
import { type FaultReport, refuseFaults } from './faults.js';
import type { Field } from './fields.js';
import { monitorCreate, monitorPatch } from './healthmonitors.js';
import { policyCreate, policyPatch, ruleCreate, rulePatch } from './l7.js';
import { checkPolicy, checkRule, completePolicy } from './l7-rules.js';
import { checkListener, completeListener } from './listener-rules.js';
import { listenerCreate, listenerPatch } from './listeners.js';
import { completeVips } from './loadbalancer-rules.js';
import { loadBalancerCreate, loadBalancerPatch } from './loadbalancers.js';
import { memberCreate, memberPatch } from './members.js';
import { disown, projectOf } from './owner.js';
import { checkMonitor, checkPool, completeMonitor, completePersistence } from './pool-rules.js';
import { poolCreate, poolPatch } from './pools.js';
import { Reader } from './reader.js';
import { checkTags } from './tags.js';
import { linkLoadBalancer } from './tree.js';

export { answers } from './answers.js';
export type { CertificateCreate, CertificatePatch } from './certificates.js';
export type {
  AccessListCreate,
  AccessListPatch,
  AvailabilityZoneCreate,
  AvailabilityZonePatch,
  AvailabilityZoneProfileCreate,
  AvailabilityZoneProfilePatch,
  FlavorCreate,
  FlavorPatch,
  FlavorProfileCreate,
  FlavorProfilePatch,
  PublicAddressCreate,
  PublicAddressPatch,
  QuotaPatch,
} from './collections.js';
export { type FaultReport, refuseFaults } from './faults.js';
export {
  checkPolicy,
  checkRule,
  completePolicy,
  dropTargets,
  listenerTargetFault,
  policyUseFault,
  ruleUseFault,
} from './l7-rules.js';
export { checkListener, completeListener } from './listener-rules.js';
export { listenerChanges, monitorChanges, poolChanges } from './patch.js';
export { checkMonitor, checkPool, monitorUseFault, poolUseFault } from './pool-rules.js';

/** A body of the API. */
export interface Body<T> {
  /** JSON Schema of the inner object. */
  readonly schema: TSchema;
  /**
   * The value with defaults filled in.
   * @throws SluiceError `invalid_configuration`, `unsupported` or `conflict` with every fault
   */
  read(value: unknown): T;
}

/** @param finish fills in what depends on other fields and checks the rules between fields */
function body<Written, T>(
  root: string,
  schema: Field<Written>,
  finish: (written: Written, report: FaultReport) => T,
): Body<T> {
  const reader = new Reader(schema);
  return {
    schema,
    read: (value) =>
      refuseFaults(root, (report) => {
        const written = reader.read(value, report);
        checkTags((written as { tags?: string[] }).tags ?? [], report);
        return finish(written, report);
      }),
  };
}

/** A body without rules between its fields. */
function plain<T>(root: string, schema: Field<T>): Body<T> {
  return body(root, schema, (written) => written);
}

export const bodies = {
  loadbalancer: {
    create: body('loadbalancer', loadBalancerCreate, (written, report): LoadBalancerCreate => {
      const { spec } = linkLoadBalancer(disown(written), report);
      return { ...spec, ...projectOf(written) };
    }),
    update: body('loadbalancer', loadBalancerPatch, ({ additional_vips, ...fields }, report): LoadBalancerPatch => {
      return additional_vips === undefined
        ? fields
        : { ...fields, additional_vips: completeVips(additional_vips, report) };
    }),
  },
  listener: {
    create: body('listener', listenerCreate, (written, report): ListenerCreate => {
      const listener = completeListener(disown(written));
      checkListener(listener, report);
      return listener;
    }),
    // Null in a field whose default depends on the protocol is for listenerChanges to replace.
    update: plain('listener', listenerPatch) as Body<ListenerPatch>,
  },
  pool: {
    create: body('pool', poolCreate, (written, report): PoolCreate => {
      const pool = disown(written);
      checkPool(pool, report);
      if (pool.loadbalancer_id === null && pool.listener_id === null) {
        report([], {
          code: 'missing',
          message: 'loadbalancer_id is missing',
          suggestion: 'add loadbalancer_id, or listener_id for a pool that becomes the default pool of a listener',
        });
      }
      return { ...pool, session_persistence: completePersistence(pool.session_persistence) };
    }),
    update: plain<PoolPatch>('pool', poolPatch),
  },
  member: {
    create: body('member', memberCreate, (written): MemberCreate => disown(written)),
    update: plain<MemberPatch>('member', memberPatch),
  },
  healthmonitor: {
    create: body('healthmonitor', monitorCreate, (written, report): HealthMonitorCreate => {
      const monitor = disown(written);
      checkMonitor(monitor, report);
      return completeMonitor(monitor);
    }),
    update: plain<HealthMonitorPatch>('healthmonitor', monitorPatch),
  },
  l7policy: {
    create: body('l7policy', policyCreate, (written, report): L7PolicyCreate => {
      const policy = disown(written);
      checkPolicy(policy, report);
      return completePolicy(policy);
    }),
    update: plain<L7PolicyPatch>('l7policy', policyPatch),
  },
  l7rule: {
    create: body('rule', ruleCreate, (written, report): L7RuleCreate => {
      const rule = disown(written);
      checkRule(rule, report);
      return rule;
    }),
    update: plain<L7RulePatch>('rule', rulePatch),
  },
  flavor: {
    create: plain<collections.FlavorCreate>('flavor', collections.flavorCreate),
    update: plain<collections.FlavorPatch>('flavor', collections.flavorPatch),
  },
  flavorprofile: {
    create: plain<collections.FlavorProfileCreate>('flavorprofile', collections.flavorProfileCreate),
    update: plain<collections.FlavorProfilePatch>('flavorprofile', collections.flavorProfilePatch),
  },
  availabilityzone: {
    create: plain<collections.AvailabilityZoneCreate>('availability_zone', collections.availabilityZoneCreate),
    update: plain<collections.AvailabilityZonePatch>('availability_zone', collections.availabilityZonePatch),
  },
  availabilityzoneprofile: {
    create: plain<collections.AvailabilityZoneProfileCreate>(
      'availability_zone_profile',
      collections.availabilityZoneProfileCreate,
    ),
    update: plain<collections.AvailabilityZoneProfilePatch>(
      'availability_zone_profile',
      collections.availabilityZoneProfilePatch,
    ),
  },
  accesslist: {
    create: body(
      'accesslist',
      collections.accessListCreate,
      (written): collections.AccessListCreate => ({ ...disown(written), ...projectOf(written) }),
    ),
    update: plain<collections.AccessListPatch>('accesslist', collections.accessListPatch),
    /** Blocks to add to a list or to take out of it. */
    cidrs: plain<{ cidrs: string[] }>('accesslist', collections.accessListCidrs),
  },
  publicaddress: {
    create: body(
      'publicaddress',
      collections.publicAddressCreate,
      (written): collections.PublicAddressCreate => ({ ...disown(written), ...projectOf(written) }),
    ),
    update: plain<collections.PublicAddressPatch>('publicaddress', collections.publicAddressPatch),
  },
  certificate: {
    create: body(
      'certificate',
      certificates.certificateCreate,
      (written): certificates.CertificateCreate => ({ ...disown(written), ...projectOf(written) }),
    ),
    update: plain<certificates.CertificatePatch>('certificate', certificates.certificatePatch),
  },
  quota: {
    update: body('quota', collections.quotaPatch, collections.renameLimits),
  },
} as const;
