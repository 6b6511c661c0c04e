import { describe, expect, it } from 'vitest';
import type { Caller, Role } from '../model/identity.js';
import { socketCaller } from './callers.js';
import { type Action, authorize, canSeeProject, isGlobal, may } from './policy.js';

const ACTIONS: readonly Action[] = ['read', 'write', 'quota', 'global_read', 'admin', 'identity'];
const caller = (...roles: Role[]): Caller => ({
  user: { id: 'u', name: 'alice' },
  project: { id: 'shop', name: 'shop' },
  roles,
  from: '192.0.2.1',
});

describe('policy', () => {
  it.each<[Role, Action[]]>([
    ['reader', ['read']],
    ['load-balancer_observer', ['read']],
    ['load-balancer_global_observer', ['read', 'global_read']],
    ['member', ['read', 'write']],
    ['load-balancer_member', ['read', 'write']],
    ['load-balancer_quota_admin', ['quota']],
    ['load-balancer_admin', ['read', 'write', 'quota', 'global_read', 'admin']],
    ['admin', ['read', 'write', 'quota', 'global_read', 'admin', 'identity']],
  ])('%s may %j', (role, actions) => {
    expect(ACTIONS.filter((action) => may(caller(role), action))).toEqual(actions);
  });

  it('lets nobody do anything without a role', () => {
    expect(ACTIONS.filter((action) => may(caller(), action))).toEqual([]);
  });

  it('lets the Unix socket do everything', () => {
    expect(ACTIONS.filter((action) => may(socketCaller(), action))).toEqual(ACTIONS);
  });

  it('says who lacks which role', () => {
    expect(() => authorize(caller('reader'), 'write')).toThrow(
      'user "alice" has role reader, and may not change load balancers; it takes one of: member, admin,',
    );
    expect(() => authorize(caller('member'), 'write')).not.toThrow();
  });

  it.each<[Role, boolean]>([
    ['reader', false],
    ['member', false],
    ['load-balancer_quota_admin', false],
    ['load-balancer_global_observer', true],
    ['load-balancer_admin', true],
    ['admin', true],
  ])('shows %s other projects: %s', (role, sees) => {
    expect(isGlobal(caller(role))).toBe(sees);
    expect(canSeeProject(caller(role), 'bank')).toBe(sees);
    expect(canSeeProject(caller(role), 'shop')).toBe(true);
  });

  it('shows nobody without a project anything, unless a role reaches so far', () => {
    expect(canSeeProject({ ...caller(), project: null }, 'shop')).toBe(false);
    expect(canSeeProject({ ...caller('member'), project: null }, 'shop')).toBe(false);
    expect(canSeeProject(socketCaller(), 'shop')).toBe(true);
  });
});
