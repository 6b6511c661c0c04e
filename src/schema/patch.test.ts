import { describe, expect, it } from 'vitest';
import type { TlsPolicy } from '../model/resources.js';
import { bodies, listenerChanges, monitorChanges, poolChanges } from './index.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const pool = (fields: object) => ({ protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: ID, ...fields });
const monitor = (fields: object) => ({ type: 'HTTP', delay: 5, timeout: 5, max_retries: 3, pool_id: ID, ...fields });

describe('changes of objects that exist', () => {
  it('null in a field of a listener is the default of its protocol', () => {
    const patch = bodies.listener.update.read({
      timeout_client_data: null,
      tls_versions: null,
      client_address: null,
      name: 'a',
    });
    expect(listenerChanges({ protocol: 'UDP', tls_policy: null }, patch)).toEqual({
      timeout_client_data: 300_000,
      tls_versions: [],
      client_address: 'none',
      name: 'a',
    });
    const tls = { protocol: 'TERMINATED_HTTPS', tls_policy: null } as const;
    expect(listenerChanges(tls, { ...patch }).tls_versions).toEqual(['TLSv1.2', 'TLSv1.3']);
    expect(listenerChanges({ ...tls, tls_policy: 'MODERN' }, { ...patch }).tls_versions).toEqual(['TLSv1.3']);
  });

  it.each<[what: string, before: TlsPolicy | null, body: object, versions: string[] | undefined]>([
    ['brings its versions along', null, { tls_policy: 'MODERN' }, ['TLSv1.3']],
    [
      'leaves versions that are written with it',
      null,
      { tls_policy: 'MODERN', tls_versions: ['TLSv1.2'] },
      ['TLSv1.2'],
    ],
    ['is none when it stays the same', 'OLD', { tls_policy: 'OLD' }, undefined],
    ['is INTERMEDIATE when it goes', 'OLD', { tls_policy: null }, ['TLSv1.2', 'TLSv1.3']],
  ])('another TLS policy %s', (_, tls_policy, body, versions) => {
    const patch = bodies.listener.update.read(body);
    expect(listenerChanges({ protocol: 'TERMINATED_HTTPS', tls_policy }, patch).tls_versions).toEqual(versions);
  });

  it('null in an HTTP field of a monitor is its default', () => {
    const before = { ...bodies.healthmonitor.create.read(monitor({ url_path: '/a', http_method: 'HEAD' })) };
    const patch = bodies.healthmonitor.update.read({ url_path: null, delay: 9 });
    expect(monitorChanges(made(before), patch)).toEqual({ url_path: '/', delay: 9 });
  });

  const stickiness = (fields: object) => bodies.pool.create.read(pool({ session_persistence: fields }));
  const APP = { type: 'APP_COOKIE', cookie_name: 'a' };
  const SOURCE = { type: 'SOURCE_IP', persistence_timeout: 60, persistence_granularity: '255.255.255.255' };

  it.each<[what: string, before: object, written: object, expected: object]>([
    ['another name', APP, { cookie_name: 'b' }, { type: 'APP_COOKIE', cookie_name: 'b' }],
    ['one of two fields', SOURCE, { persistence_timeout: 90 }, { ...SOURCE, persistence_timeout: 90 }],
    ['a default again', SOURCE, { persistence_timeout: null }, { ...SOURCE, persistence_timeout: 1200 }],
    ['another type', APP, { type: 'SOURCE_IP' }, { type: 'SOURCE_IP', cookie_name: null, persistence_timeout: 1200 }],
  ])('what a stickiness does not say stays, as long as the type does: %s', (_, before, written, expected) => {
    const patch = bodies.pool.update.read({ session_persistence: written });
    expect(poolChanges(stickiness(before), patch).session_persistence).toMatchObject(expected);
  });

  it('a stickiness goes by null, and does not come without a type', () => {
    expect(poolChanges(stickiness(APP), { session_persistence: null })).toEqual({ session_persistence: null });
    const patch = bodies.pool.update.read({ session_persistence: { cookie_name: 'b' } });
    expect(() => poolChanges({ session_persistence: null }, patch)).toThrow(
      'pool.session_persistence: type is missing',
    );
  });
});

function made<T extends object>(object: T) {
  return { ...object, id: ID, project_id: 'p', created_at: '', updated_at: null };
}
