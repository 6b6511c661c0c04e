import { describe, expect, it } from 'vitest';
import { MEMBER_DEFAULTS, MONITOR_DEFAULTS } from '../model/defaults.js';
import type { HealthMonitor, LoadBalancer, Member, Pool, Tree } from '../model/resources.js';
import { checksOf, datagramOf } from './checks.js';

const made = { project_id: 'admin', created_at: '', updated_at: '' };

function member(id: string, changes: Partial<Member> = {}): Member {
  return { ...MEMBER_DEFAULTS, ...made, id, address: '198.18.2.11', protocol_port: 80, ...changes } as Member;
}

function monitor(changes: Partial<HealthMonitor> = {}): HealthMonitor {
  return { ...MONITOR_DEFAULTS, ...made, id: 'monitor', type: 'TCP', ...changes } as HealthMonitor;
}

function pool(members: Member[], healthmonitor: HealthMonitor | null, changes: Partial<Pool> = {}): Pool {
  return { id: 'pool', admin_state_up: true, members, healthmonitor, ...changes } as Pool;
}

function tree(pools: Pool[], changes: Partial<LoadBalancer> = {}): Tree {
  return { loadbalancers: [{ id: 'lb', admin_state_up: true, pools, ...changes } as LoadBalancer] };
}

describe('who is checked', () => {
  const idle = member('idle', { weight: 0, backup: true });
  const cases: [string, Tree, string[]][] = [
    ['members of a monitored pool', tree([pool([member('a'), member('b')], monitor())]), ['a', 'b']],
    ['members with weight 0 and backups', tree([pool([idle], monitor())]), ['idle']],
    ['no member without a monitor', tree([pool([member('a')], null)]), []],
    ['no disabled member', tree([pool([member('a', { admin_state_up: false })], monitor())]), []],
    ['nobody under a disabled monitor', tree([pool([member('a')], monitor({ admin_state_up: false }))]), []],
    ['nobody in a disabled pool', tree([pool([member('a')], monitor(), { admin_state_up: false })]), []],
    ['nobody behind a disabled VIP', tree([pool([member('a')], monitor())], { admin_state_up: false }), []],
    ['nobody over SCTP', tree([pool([member('a')], monitor({ type: 'SCTP' }))]), []],
  ];
  it.each(cases)('%s', (_sentence, configured, ids) => {
    expect(checksOf(configured).map(({ id }) => id)).toEqual(ids);
  });
});

describe('a check', () => {
  const of = (changes: Partial<HealthMonitor>, target: Partial<Member> = {}) =>
    checksOf(tree([pool([member('a', target)], monitor(changes))]))[0];

  const cases: [string, ReturnType<typeof of>, object][] = [
    ['goes to the member', of({}), { address: '198.18.2.11', port: 80 }],
    [
      'goes where the member wants it',
      of({}, { monitor_address: 'fd00::1', monitor_port: 81 }),
      { address: 'fd00::1', port: 81 },
    ],
    ['waits no longer than the interval', of({ delay: 3, timeout: 10 }), { intervalMs: 3000, timeoutMs: 3000 }],
    [
      'has the thresholds of the monitor',
      of({ max_retries: 2, max_retries_down: 5 }),
      { thresholds: { rise: 2, fall: 5 } },
    ],
    ['is of type TCP', of({}), { request: { kind: 'tcp' } }],
    ['is of type PING', of({ type: 'PING' }), { request: { kind: 'ping' } }],
    [
      'is of type HTTP',
      of({ type: 'HTTP', http_method: 'HEAD', url_path: '/a', expected_codes: '2xx', domain_name: 'x.example' }),
      {
        request: {
          kind: 'http',
          tls: false,
          version: '1.1',
          method: 'HEAD',
          path: '/a',
          host: 'x.example',
          expectedCodes: '2xx',
        },
      },
    ],
    [
      'is of type HTTPS with the defaults of HTTP',
      of({ type: 'HTTPS', http_version: 1.0 }),
      {
        request: {
          kind: 'http',
          tls: true,
          version: '1.0',
          method: 'GET',
          path: '/',
          host: null,
          expectedCodes: '200',
        },
      },
    ],
    [
      'is of type TLS-HELLO',
      of({ type: 'TLS-HELLO', domain_name: 'x.example' }),
      { request: { kind: 'tls-hello', serverName: 'x.example' } },
    ],
    [
      'is of type UDP-CONNECT',
      of({ type: 'UDP-CONNECT' }),
      { request: { kind: 'udp', send: new Uint8Array(), expect: null } },
    ],
    [
      'is of type UDP-CONNECT with an answer',
      of({ type: 'UDP-CONNECT', udp_request: 'a', udp_response: 'b' }),
      { request: { kind: 'udp', send: Uint8Array.of(97), expect: Uint8Array.of(98) } },
    ],
  ];
  it.each(cases)('%s', (_sentence, check, expected) => {
    expect(check).toMatchObject(expected);
  });

  it('is the same object as long as member and monitor are', () => {
    const same = { member: member('a'), monitor: monitor() };
    const before = checksOf(tree([pool([same.member, member('b')], same.monitor)]));
    const after = checksOf(tree([pool([same.member, member('c')], same.monitor)]));
    expect(after[0]).toBe(before[0]);
    expect(checksOf(tree([pool([same.member], monitor())]))[0]).not.toBe(before[0]);
  });
});

describe('the bytes of a datagram', () => {
  const cases: [string, string, number[]][] = [
    ['text in UTF-8', 'é', [0xc3, 0xa9]],
    ['bytes by number', 'a\\x00\\xFFb', [97, 0, 255, 98]],
    ['escapes as in C', '\\r\\n\\t\\0', [13, 10, 9, 0]],
    ['a backslash', '\\\\x41', [92, 120, 52, 49]],
    ['nothing', '', []],
  ];
  it.each(cases)('%s', (_sentence, text, bytes) => {
    expect([...datagramOf(text)]).toEqual(bytes);
  });
});
