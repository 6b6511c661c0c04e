import { describe, expect, it } from 'vitest';
import { ratesBetween, type Sample } from './rates.js';

function sample(at: number, packets: number): Sample {
  const traffic = {
    active: 3,
    sessions: 0,
    packets_in: packets,
    bytes_in: packets * 100,
    packets_out: 0,
    bytes_out: 0,
  };
  const member = {
    id: 'm',
    name: '',
    pool: 'servers',
    address: '198.18.2.11',
    protocol_port: 8080,
    weight: 1,
    ...traffic,
  };
  const members = [{ ...member, operating_status: 'ONLINE' as const }];
  const listener = { name: '', protocol: 'TCP', protocol_port: 80, members, ...traffic };
  return { at, loadbalancers: [{ name: 'web', listeners: [listener] }] };
}

describe('ratesBetween', () => {
  it('divides by the time between and leaves what is not a counter', () => {
    const [listener, member] = ratesBetween(sample(1000, 10), sample(3000, 30));
    expect(listener).toMatchObject({ name: 'web/tcp-80', kind: 'listener' });
    expect(member).toMatchObject({ name: '198.18.2.11:8080', rates: { active: 3, packets_in: 10, bytes_in: 1000 } });
  });

  it('counts what is new from zero', () => {
    const [listener] = ratesBetween({ at: 1000, loadbalancers: [] }, sample(2000, 30));
    expect(listener?.rates.packets_in).toBe(30);
  });

  it('tells members of different pools with the same endpoint apart', () => {
    const [before, after] = [sample(1000, 10), sample(2000, 30)];
    for (const [{ loadbalancers }, packets_in] of [
      [before, 1000],
      [after, 1007],
    ] as const) {
      const [listener] = loadbalancers[0]!.listeners;
      listener!.members.push({ ...listener!.members[0]!, id: 'other', pool: 'others', packets_in });
    }
    expect(ratesBetween(before, after).map(({ rates }) => rates.packets_in)).toEqual([20, 20, 7]);
  });

  it('takes counters that went back as nothing', () => {
    const [listener] = ratesBetween(sample(1000, 30), sample(2000, 10));
    expect(listener?.rates.packets_in).toBe(0);
  });
});
