import { describe, expect, it } from 'vitest';
import { parseInterfaces } from './host.js';

const listing = JSON.stringify([
  {
    ifindex: 1,
    ifname: 'lo',
    flags: ['LOOPBACK', 'UP'],
    mtu: 65536,
    address: '00:00:00:00:00:00',
    addr_info: [{ local: '127.0.0.1', prefixlen: 8 }],
  },
  {},
  { ifindex: 7, ifname: 'tun0', flags: ['POINTOPOINT'], mtu: 1400, address: '198.18.0.1' },
  {
    ifindex: 3,
    ifname: 'eth0',
    flags: ['BROADCAST', 'UP'],
    mtu: 1500,
    address: '02:00:00:ab:cd:ef',
    addr_info: [
      { local: '198.18.0.1', prefixlen: 24 },
      { local: 'fd00::1', prefixlen: 64 },
    ],
    xdp: { prog: { id: 41 } },
  },
]);

describe('parseInterfaces', () => {
  const interfaces = parseInterfaces(listing);

  it('reads index, MTU, MAC, addresses and the XDP program', () => {
    expect(interfaces.get('eth0')).toEqual({
      name: 'eth0',
      ifindex: 3,
      mtu: 1500,
      up: true,
      mac: Uint8Array.of(2, 0, 0, 0xab, 0xcd, 0xef),
      addresses: ['198.18.0.1/24', 'fd00::1/64'],
      xdpProgram: 41,
    });
  });

  it('reads an interface without an XDP program', () => {
    expect(interfaces.get('lo')).toMatchObject({ xdpProgram: 0 });
  });

  it('gives an interface without a link layer a MAC of zeros', () => {
    expect(interfaces.get('tun0')).toMatchObject({ mac: new Uint8Array(6), up: false });
  });

  it('skips the empty objects between', () => {
    expect([...interfaces.keys()]).toEqual(['lo', 'tun0', 'eth0']);
  });
});
