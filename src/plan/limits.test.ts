import { describe, expect, it } from 'vitest';
import { checkLeases } from './limits.js';
import { loadBalancer, member, pool, tree } from './testing/samples.js';

const VIP = '198.18.0.10';

describe('checkLeases', () => {
  it('warns of local addresses that carry fewer sessions than the table, and of IPv6 ones', () => {
    const config = tree(loadBalancer('web', VIP, [pool([member('198.18.2.1')])]));
    const input = { sessions: 1_000_000, localAddresses: ['198.18.1.10', 'fd00:1::10'] };
    const warnings = checkLeases(config, input);
    expect(warnings.map(({ message }) => message)).toEqual([
      'fd00:1::10 is an IPv6 address, which this release does not use',
      expect.stringContaining('carry at most 64,512 sessions'),
    ]);
    expect(warnings[1]!.suggestion).toContain('list 16 local addresses');
  });

  it('does not count members that only the proxy speaks to', () => {
    const config = tree(loadBalancer('web', VIP, [pool([member('198.18.2.1')], { protocol: 'PROXY' })]));
    expect(checkLeases(config, { sessions: 1_000_000, localAddresses: ['198.18.1.10'] })).toEqual([]);
  });
});
