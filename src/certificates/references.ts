/** Who refers to which certificate. */
import type { Listener, LoadBalancer, Pool, Tree } from '../model/resources.js';
import type { Certificate, CertificateType, State } from '../model/state.js';

/** A field of a listener or pool that refers to a certificate. */
export interface Reference {
  field: string;
  /** Place in the field, where that is a list. */
  index?: number;
  /** As it was written. */
  ref: string;
  /** What it has to be. */
  type: CertificateType;
}

/** A listener or pool that uses a certificate. */
export interface CertificateUser {
  kind: 'listener' | 'pool';
  id: string;
  name: string;
  loadbalancer: Pick<LoadBalancer, 'id' | 'name'>;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The id that a reference names: an id, or the last segment of a URL or path. Undefined: none. */
export function certificateIdOf(ref: string): string | undefined {
  const id = ref.trim().replace(/\/+$/, '').split('/').at(-1)?.toLowerCase() ?? '';
  return UUID.test(id) ? id : undefined;
}

/** The certificate of a project that a reference names; undefined: there is none. */
export function certificateOf(
  { certificates }: Pick<State, 'certificates'>,
  projectId: string,
  ref: string,
): Certificate | undefined {
  const certificate = certificates.get(certificateIdOf(ref) ?? '');
  return certificate?.project_id === projectId ? certificate : undefined;
}

export function referencesOfListener(listener: Listener): Reference[] {
  const { default_tls_container_ref, sni_container_refs, client_ca_tls_container_ref, client_crl_container_ref } =
    listener;
  return [
    ...one('default_tls_container_ref', default_tls_container_ref, 'SERVER'),
    ...sni_container_refs.map((ref, index) => ({ field: 'sni_container_refs', index, ref, type: 'SERVER' as const })),
    ...one('client_ca_tls_container_ref', client_ca_tls_container_ref, 'CLIENT_CA'),
    ...one('client_crl_container_ref', client_crl_container_ref, 'CRL'),
  ];
}

export function referencesOfPool({ tls_container_ref, ca_tls_container_ref, crl_container_ref }: Pool): Reference[] {
  return [
    ...one('tls_container_ref', tls_container_ref, 'SERVER'),
    ...one('ca_tls_container_ref', ca_tls_container_ref, 'CLIENT_CA'),
    ...one('crl_container_ref', crl_container_ref, 'CRL'),
  ];
}

function one(field: string, ref: string | null, type: CertificateType): Reference[] {
  return ref === null ? [] : [{ field, ref, type }];
}

type Users = ReadonlyMap<string, readonly CertificateUser[]>;

/** Trees are never changed in place: who uses what is found out once for each. */
const usersOfTree = new WeakMap<readonly LoadBalancer[], Users>();
const usersOfBalancer = new WeakMap<LoadBalancer, Users>();

/** Listeners and pools that refer to a certificate. */
export function usersOf(
  { loadbalancers }: Tree,
  { id, project_id }: Pick<Certificate, 'id' | 'project_id'>,
): readonly CertificateUser[] {
  let users = usersOfTree.get(loadbalancers);
  if (!users) {
    users = merged(loadbalancers.map(usersWithin));
    usersOfTree.set(loadbalancers, users);
  }
  return users.get(`${project_id} ${id}`) ?? [];
}

function usersWithin(loadbalancer: LoadBalancer): Users {
  let users = usersOfBalancer.get(loadbalancer);
  if (!users) {
    const { id, name, listeners, pools } = loadbalancer;
    const found = [
      ...listeners.flatMap((listener) => entriesOf('listener', listener, referencesOfListener(listener), { id, name })),
      ...pools.flatMap((pool) => entriesOf('pool', pool, referencesOfPool(pool), { id, name })),
    ];
    users = merged(found.map(([key, user]) => new Map([[key, [user]]])));
    usersOfBalancer.set(loadbalancer, users);
  }
  return users;
}

function entriesOf(
  kind: CertificateUser['kind'],
  { id, name, project_id }: Listener | Pool,
  references: readonly Reference[],
  loadbalancer: CertificateUser['loadbalancer'],
): [key: string, user: CertificateUser][] {
  const ids = new Set(references.map(({ ref }) => certificateIdOf(ref)));
  return [...ids].map((certificate) => [`${project_id} ${certificate}`, { kind, id, name, loadbalancer }]);
}

function merged(parts: readonly Users[]): Users {
  const all = new Map<string, CertificateUser[]>();
  for (const [key, users] of parts.flatMap((part) => [...part])) {
    const known = all.get(key);
    if (known) {
      known.push(...users);
    } else {
      all.set(key, [...users]);
    }
  }
  return all;
}

/** `listener https of load balancer web, pool app of load balancer web and 3 more`. */
export function describeUsers(users: readonly CertificateUser[]): string {
  const named = users.slice(0, 3).map(({ kind, id, name, loadbalancer }) => {
    return `${kind} ${name || id} of load balancer ${loadbalancer.name || loadbalancer.id}`;
  });
  const more = users.length > named.length ? ` and ${users.length - named.length} more` : '';
  return `${named.join(', ')}${more}`;
}
