/** Names of sections and files. Statistics and the access log know objects by them. */
import type { Listener, LoadBalancer, Pool } from '../../model/resources.js';

type Named<T extends { id: string }> = Pick<T, 'id'>;

/** A frontend, the list of its certificates and its map of policies. */
export function listenerName({ id }: Named<Listener>): string {
  return `l_${id}`;
}

/** The map of regular expressions of a listener's policies. */
export function expressionsName({ id }: Named<Listener>): string {
  return `l_${id}_regex`;
}

/** The map of a listener's limits. */
export function limitsName({ id }: Named<Listener>): string {
  return `l_${id}_limits`;
}

/** What a listener's requests are counted in. */
export function requestTableName({ id }: Named<Listener>): string {
  return `r_${id}`;
}

/** What a listener's bytes are counted in. */
export function bandwidthTableName({ id }: Named<Listener>): string {
  return `w_${id}`;
}

/** What a load balancer's connections and requests are counted in, and the map of its limits. */
export function balancerName({ id }: Named<LoadBalancer>): string {
  return `b_${id}`;
}

/** The clients that stick to members of a pool. */
export function tableName({ id }: Named<Pool>): string {
  return `t_${id}`;
}

/** How a listener uses a pool: what cannot be said in the listener's own section. */
export interface PoolUse {
  pool: string;
  /** ms */
  connect: number;
  /** ms that a member may be silent. */
  data: number;
  /** `tcp`: bytes are passed on, requests are not looked at. */
  mode: 'http' | 'tcp';
  preserveHost: boolean;
}

const DEFAULT_CONNECT = 5000;
const DEFAULT_DATA = 60_000;

/** Listeners that use a pool in the same way share a backend. */
export function backendName({ pool, connect, data, mode, preserveHost }: PoolUse): string {
  const times = connect === DEFAULT_CONNECT && data === DEFAULT_DATA ? '' : `_${connect}_${data}`;
  return `p_${pool}${times}${preserveHost ? '' : '_host'}${mode === 'tcp' ? '_tcp' : ''}`;
}

/** Path of a map in a section's text. */
export function mapPath(name: string): string {
  return `{{RUN}}/maps/${name}.map`;
}
