/** What objects of the tree refer to has to exist, be theirs to use, and go together with them. */
import {
  certificateOf,
  isSignedBy,
  type Reference,
  referencesOfListener,
  referencesOfPool,
} from '../certificates/index.js';
import { addressFamily } from '../model/address.js';
import { SluiceError } from '../model/errors.js';
import { type Listener, type LoadBalancer, type Pool, vipsOf } from '../model/resources.js';
import type { Certificate, CertificateType } from '../model/state.js';
import { type FaultReport, show } from '../schema/faults.js';
import type { Context } from './operation.js';
import { invalid, notFound } from './refusals.js';

export { certificateOf } from '../certificates/index.js';

/**
 * Names a load balancer's `provider` may have. Sluice is the only one; the others are what OpenStack's tools write when their users
 * choose nothing, and are kept as written: Terraform replaces a load balancer whose provider comes back under another name.
 */
export const PROVIDERS: Readonly<Record<string, string>> = {
  sluice: 'Sluice: layer 4 in XDP, layer 7 in HAProxy',
  amphora: 'Another name for sluice, for clients that ask for Octavia’s own provider',
  octavia: 'Another name for sluice, for clients that ask for Octavia’s own provider',
};

/** @throws SluiceError `invalid_configuration` */
export function requireProvider(name: string): void {
  if (!Object.hasOwn(PROVIDERS, name)) {
    throw new SluiceError(
      'invalid_configuration',
      `Provider '${name}' is not enabled. Leave provider out, or write ${Object.keys(PROVIDERS).join(', ')}`,
    );
  }
}

/** @throws SluiceError `invalid_configuration` when the flavor does not exist or is disabled */
export function requireFlavor({ state }: Context, id: string | null): void {
  if (id === null) {
    return;
  }
  const flavor = state.flavors.get(id);
  if (!flavor) {
    throw invalid(`Invalid flavor_id. There is no flavor ${id}; choose one of the list of flavors`);
  }
  if (!flavor.enabled) {
    throw disabled('flavor', id);
  }
}

/** @throws SluiceError `invalid_configuration` when the availability zone does not exist or is disabled */
export function requireAvailabilityZone({ state }: Context, name: string | null): void {
  if (name === null) {
    return;
  }
  const zone = state.availabilityzones.get(name);
  if (!zone) {
    throw invalid(
      `Invalid availability zone. There is none named ${name}; choose one of the list of availability zones`,
    );
  }
  if (!zone.enabled) {
    throw disabled('availability zone', name);
  }
}

/** The pool of a load balancer that a listener or policy names. @throws SluiceError `not_found` */
export function requirePool(loadbalancer: Pick<LoadBalancer, 'pools'>, id: string): Pool {
  const pool = loadbalancer.pools.find((one) => one.id === id);
  if (!pool) {
    throw notFound('pool', id);
  }
  return pool;
}

/** The listener of a load balancer that a policy names. @throws SluiceError `not_found` */
export function requireListener(loadbalancer: Pick<LoadBalancer, 'listeners'>, id: string): Listener {
  const listener = loadbalancer.listeners.find((one) => one.id === id);
  if (!listener) {
    throw notFound('listener', id);
  }
  return listener;
}

/** @throws SluiceError `not_found` when the listener's access list is not one of its project */
export function requireAccessList({ state }: Context, { access_list_id, project_id }: Listener): void {
  if (access_list_id !== null && state.accesslists.get(access_list_id)?.project_id !== project_id) {
    throw notFound('accesslist', access_list_id);
  }
}

/** Reports blocks that no client of the load balancer can be in. */
export function reportForeignCidrs(loadbalancer: LoadBalancer, { allowed_cidrs }: Listener, report: FaultReport): void {
  const vips = vipsOf(loadbalancer);
  const families = new Set(vips.map(addressFamily));
  for (const [index, cidr] of (allowed_cidrs ?? []).entries()) {
    if (!families.has(addressFamily(cidr))) {
      report(['allowed_cidrs', index], {
        message: `CIDR ${cidr} IP version incompatible with VIP ${vips[0]} IP version`,
        suggestion: 'leave it out: no client of this VIP is in it',
      });
    }
  }
}

/** Reports references of a listener to what is no certificate of its project, or not of the type that belongs there. */
export function reportListenerCertificates(context: Context, listener: Listener, report: FaultReport): void {
  reportCertificates(context, listener.project_id, referencesOfListener(listener), report);
}

/** As {@link reportListenerCertificates}, of a pool. */
export function reportPoolCertificates(context: Context, pool: Pool, report: FaultReport): void {
  reportCertificates(context, pool.project_id, referencesOfPool(pool), report);
}

function reportCertificates(
  { state }: Context,
  projectId: string,
  references: readonly Reference[],
  report: FaultReport,
): void {
  const found = new Map<CertificateType, Certificate>();
  for (const { field, index, ref, type } of references) {
    const certificate = certificateOf(state, projectId, ref);
    const path = index === undefined ? [field] : [field, index];
    if (!certificate) {
      report(path, {
        message: `Could not retrieve certificate: ${show(ref).slice(1, -1)}`,
        suggestion: `write the id of a certificate of project ${projectId}, as the list of certificates has it`,
      });
    } else if (certificate.type !== type) {
      report(path, {
        message: `certificate ${certificate.id} "${certificate.name}" is of the type ${certificate.type}`,
        suggestion: `write one of the type ${type}`,
      });
    } else {
      found.set(type, certificate);
    }
    const authorities = found.get('CLIENT_CA');
    if (certificate?.type === 'CRL' && authorities && !isSignedBy(certificate, authorities)) {
      report(path, {
        message: 'The CRL specified is not valid for client certificate authority reference supplied.',
        suggestion: `write a revocation list of ${authorities.facts.subject}, or of another authority in ${authorities.id}`,
      });
    }
  }
}

function disabled(option: string, value: string): SluiceError {
  return new SluiceError(
    'invalid_configuration',
    `The selected ${option} is not allowed in this deployment: ${value}. It is disabled; choose another`,
  );
}
