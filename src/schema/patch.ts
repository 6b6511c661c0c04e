/**
 * What a read update body changes of an object that exists: null replaced by the default where that depends on fields the body does
 * not have.
 */
import { completePersistence } from '../model/defaults.js';
import type { HealthMonitorPatch, ListenerPatch, PoolPatch } from '../model/inputs.js';
import type { HealthMonitor, Listener, Pool, SessionPersistence } from '../model/resources.js';
import { refuseFaults } from './faults.js';
import { completeListener } from './listener-rules.js';
import { completeMonitor } from './pool-rules.js';

/**
 * Null in a timeout, in TLS versions and the like is the default of the listener's protocol and TLS policy. Another policy brings its
 * versions along, unless the same change writes some.
 */
export function listenerChanges(
  listener: Pick<Listener, 'protocol' | 'tls_policy'>,
  patch: ListenerPatch,
): ListenerPatch {
  const { protocol } = listener;
  const {
    tls_policy = listener.tls_policy,
    timeout_client_data = 0,
    alpn_protocols = [],
    client_address = 'none',
  } = patch;
  const tls_versions = patch.tls_versions ?? null;
  const fields = { protocol, timeout_client_data, tls_versions, alpn_protocols, client_address };
  const { tls_policy: _, ...completed } = completeListener({ ...fields, tls_policy });
  const replaced = Object.entries(patch).map(([name, value]) => {
    return [name, value === null && name in completed ? completed[name as keyof typeof completed] : value];
  });
  const policyChanges = tls_policy !== listener.tls_policy && patch.tls_versions === undefined;
  return {
    ...(Object.fromEntries(replaced) as ListenerPatch),
    ...(policyChanges ? { tls_versions: completed.tls_versions } : {}),
  };
}

/**
 * What a changed stickiness does not say stays as it was, as long as the type does.
 * @throws SluiceError `invalid_configuration` when neither says the type
 */
export function poolChanges(pool: Pick<Pool, 'session_persistence'>, patch: PoolPatch): PoolPatch {
  const before = pool.session_persistence;
  const written: Partial<SessionPersistence> | null | undefined = patch.session_persistence;
  if (!written) {
    return patch;
  }
  const type = written.type ?? before?.type;
  refuseFaults('pool', (report) => {
    if (type === undefined) {
      report(['session_persistence'], {
        code: 'missing',
        message: 'type is missing',
        suggestion: 'add type: what clients are recognized by',
      });
    }
  });
  const kept = before && type === before.type ? before : {};
  return { ...patch, session_persistence: completePersistence({ ...kept, ...written, type: type! }) };
}

/** Null in an HTTP field of an HTTP or HTTPS monitor is its default. */
export function monitorChanges(monitor: HealthMonitor, patch: HealthMonitorPatch): HealthMonitorPatch {
  const { http_method, url_path, expected_codes } = completeMonitor({ ...monitor, ...patch });
  const completed: HealthMonitorPatch = { http_method, url_path, expected_codes };
  const replaced = Object.entries(patch).map(([name, value]) => {
    return [name, name in completed ? completed[name as keyof HealthMonitorPatch] : value];
  });
  return Object.fromEntries(replaced) as HealthMonitorPatch;
}
