/** The generated codecs against bytes written by hand from bpf/types.h. */
import { describe, expect, it } from 'vitest';
import type { Codec } from './codec.js';
import * as layouts from './layouts.js';

const address = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 18, 0, 1]);
const ADDRESS = '00000000000000000000ffff c6120001';
const flow = { saddr: 0xc6120001, daddr: 0xc6120102, sport: 40000, dport: 80, protocol: 6 };
const FLOW = 'c6120001 c6120102 9c40 0050 06 000000';

// biome-ignore lint/suspicious/noExplicitAny: codecs of all structures stand in one table
const cases: [structure: Codec<any, any>, value: object, hex: string][] = [
  [layouts.flow4, flow, FLOW],
  [
    layouts.session4,
    {
      saddr: 0xc6120001,
      daddr: 0xc6120102,
      sport: 1024,
      dport: 8080,
      ip_delta: 0x1234,
      l4_delta: 0xabcd,
      dmac: Uint8Array.of(2, 0, 0, 0, 0, 1),
      smac: Uint8Array.of(2, 0, 0, 0, 0, 2),
      ifindex: 7,
      seen: 0x01020304,
      state: 0x03840003,
      target: 9,
      account: 0x0807,
      ack: 0xfffffffe,
      toa_ack: 0x11223344,
      created: 0x11223344,
      packets: 3,
      bytes: 0x0102030405060708n,
    },
    'c6120001 c6120102 0400 1f90 3412 cdab 020000000001 020000000002 07000000 04030201 03008403 0900 0708 feffffff 44332211 03000000 0807060504030201',
  ],
  [layouts.serviceKey, { address, port: 443, protocol: 17 }, `${ADDRESS} 01bb 11 00`],
  [
    layouts.service,
    {
      listener: 1,
      account: 12,
      flags: layouts.ServiceBit.TOA,
      algorithm: layouts.Algorithm.LEAST_CONNECTIONS,
      idle_timeout: 900,
      sticky_timeout: 1200,
      hash_seed: 0xcafebabe,
      wheel_base: 16,
      wheel_length: 5,
      mss: 1460,
      allowed_cidrs: 6,
      access_list: 7,
    },
    '01000000 0c000000 01000000 03000000 84030000 b0040000 bebafeca 10000000 05000000 b405 0000 06000000 07000000',
  ],
  [
    layouts.wheelCell,
    { target: Uint32Array.from({ length: 16 }, (_, i) => i) },
    Array.from({ length: 16 }, (_, i) => `0${i.toString(16)}000000`).join(''),
  ],
  [
    layouts.target,
    { address, port: 8080, protocol: 6, flags: layouts.TargetBit.USABLE, weight: 100, listener: 2, member: 3 },
    `${ADDRESS} 1f90 06 00 01000000 64000000 02000000 03000000`,
  ],
  [layouts.member, { active: 5, leases: 6 }, '05000000 06000000'],
  [layouts.accessKey, { prefix: 120, address }, `78000000 ${ADDRESS}`],
  [
    layouts.budget,
    { balancer: 16_384, connections: 5, sessions: layouts.Unlimited.UNLIMITED, byte_time: 0x10000 },
    '00400000 05000000 ffffffff 00000100',
  ],
  [
    layouts.account,
    { next: 1n << 40n, connections: 2, turned_away: 3, sessions: (4n << 32n) | 5n, up_busy: 6n, down_busy: 7n },
    `0000000000010000 02000000 03000000 0500000004000000 0600000000000000 0700000000000000 ${'00'.repeat(24)}`,
  ],
  [layouts.clientCell, { connections: 1, sessions: (2n << 32n) | 3n }, '01000000 00000000 0300000002000000'],
  [layouts.stickyKey, { address, listener: 4 }, `${ADDRESS} 04000000`],
  [layouts.sticky, { target: 1, seen: 2 }, '01000000 02000000'],
  [layouts.addressKey, { address }, ADDRESS],
  [layouts.address, { flags: layouts.AddressBit.LOCAL, local: 8 }, '02000000 08000000'],
  [layouts.local, { address }, ADDRESS],
  [layouts.device, { mac: Uint8Array.of(2, 1, 2, 3, 4, 5) }, '020102030405 0000'],
  [
    layouts.route,
    {
      saddr: 0xc6120001,
      daddr: 0xc6120102,
      ingress: 3,
      period: 4,
      egress: 5,
      dmac: Uint8Array.of(2, 0, 0, 0, 0, 1),
      smac: Uint8Array.of(2, 0, 0, 0, 0, 2),
    },
    'c6120001 c6120102 03000000 04000000 05000000 020000000001 020000000002',
  ],
  [
    layouts.settings,
    {
      local_count: 1,
      syn_timeout: 30,
      fin_timeout: 60,
      time_wait_timeout: 120,
      close_timeout: 10,
      lease_mask: 0xffff,
      hash_key: 0x89abcdef,
    },
    '01000000 1e000000 3c000000 78000000 0a000000 ffff0000 efcdab89 00000000',
  ],
  [
    layouts.targetStats,
    { sessions: 1n, packets_in: 2n, bytes_in: 3n, packets_out: 4n, bytes_out: 5n },
    '0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000',
  ],
  [
    layouts.listenerStats,
    {
      refused: 255n,
      dropped: 256n,
      acl: 1n,
      connection_limit: 2n,
      rate_limit: 3n,
      flavor_connections: 4n,
      flavor_rate: 5n,
      bandwidth: 6n,
    },
    'ff00000000000000 0001000000000000 0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000 0600000000000000',
  ],
  [
    layouts.sessionFilter,
    {
      client: 0xc6120001,
      vip: 0xc6120002,
      member: 0xc6120003,
      local: 0xc6120004,
      client_port: 1,
      vip_port: 2,
      member_port: 3,
      local_port: 4,
      protocol: 6,
      count_only: 1,
      matched: 7n,
    },
    'c6120001 c6120002 c6120003 c6120004 0001 0002 0003 0004 06 01 000000000000 0700000000000000',
  ],
  [
    layouts.sessionRecord,
    {
      flow,
      local: 0xc6120a01,
      member: 0xc6120201,
      local_port: 1024,
      member_port: 8080,
      state: 1,
      reverse_state: 2,
      target: 3,
      idle: 4,
      age: 5,
      packets_in: 6,
      packets_out: 7,
      bytes_in: 8n,
      bytes_out: 9n,
    },
    `${FLOW} c6120a01 c6120201 0400 1f90 01000000 02000000 03000000 04000000 05000000 06000000 07000000 0800000000000000 0900000000000000`,
  ],
  [layouts.frameRecord, { ifindex: 3, length: 54 }, '03000000 36000000'],
];

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.each(cases)('$name', (structure, value, spaced) => {
  const hex = spaced.replaceAll(' ', '');

  it('is encoded as C lays it out', () => {
    expect(hexOf(structure.encode(value))).toBe(hex);
    expect(structure.size).toBe(hex.length / 2);
  });

  it('is decoded from what C lays out', () => {
    expect(structure.decode(Uint8Array.from(Buffer.from(hex, 'hex')))).toEqual(value);
  });
});

describe('all of the layouts', () => {
  it('are covered by the cases above', () => {
    const structures = Object.values(layouts).filter((value) => typeof value === 'object' && 'decode' in value);
    expect(cases.map(([structure]) => structure)).toEqual(structures);
  });

  it('have a hash', () => {
    expect(layouts.LAYOUT_HASH).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('fields that share their bytes', () => {
  const { toa_ack: _, created: __, ...rest } = cases[1]![1] as layouts.Session4;

  it('take the one that is given', () => {
    expect(layouts.session4.decode(layouts.session4.encode({ ...rest, created: 77 }))).toMatchObject({
      created: 77,
      toa_ack: 77,
    });
    expect(layouts.session4.decode(layouts.session4.encode(rest)).created).toBe(0);
  });
});

describe('enumerations', () => {
  it('have their values under names without the prefix', () => {
    expect(layouts.Outcome.PASS_NOT_IP).toBe(0);
    expect(layouts.SessionBit.TOA).toBe(2);
    expect(layouts.Limits.LEASE_FIRST_PORT).toBe(1024);
  });

  it('have labels for counters, none for bounds', () => {
    expect(layouts.outcomeLabels[layouts.Outcome.DROP_NO_ROUTE]).toBe('drop_no_route');
    expect(layouts.eventLabels[layouts.Event.TOA_INSERTED]).toBe('toa_inserted');
    expect(Object.keys(layouts.outcomeLabels)).toHaveLength(layouts.Outcome.MAX);
  });
});
