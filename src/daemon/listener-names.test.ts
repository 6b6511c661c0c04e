import { describe, expect, it } from 'vitest';
import { mergeTree } from '../config/merge.js';
import { parseTree } from '../config/tree.js';
import { findListener, listenerOfSession } from './listener-names.js';

const text = `
- name: web
  vip_address: 198.18.1.1
  listeners:
  - { name: http, protocol: TCP, protocol_port: 80 }
  - { name: dns, protocol: UDP, protocol_port: 53 }
- name: mail
  vip_address: 198.18.1.2
  listeners:
  - { name: http, protocol: TCP, protocol_port: 80 }
`;
const { tree } = mergeTree({ loadbalancers: [] }, parseTree(text, { source: 'test', localAddresses: [] }), {
  prune: false,
  localAddresses: [],
});

describe('findListener', () => {
  it('finds one by load balancer and name, by its own name, by id', () => {
    const dns = [{ vip: { address: '198.18.1.1', port: 53 }, protocol: 17 }];
    expect(findListener(tree, 'mail/http')).toEqual([{ vip: { address: '198.18.1.2', port: 80 }, protocol: 6 }]);
    expect(findListener(tree, 'dns')).toEqual(dns);
    expect(findListener(tree, tree.loadbalancers[0]!.listeners[1]!.id)).toEqual(dns);
  });

  it('finds it on every VIP', () => {
    const [web] = tree.loadbalancers;
    const more = { loadbalancers: [{ ...web!, public_addresses: ['203.0.113.7'] }] };
    expect(findListener(more, 'dns').map(({ vip }) => vip?.address)).toEqual(['198.18.1.1', '203.0.113.7']);
    const session = { protocol: 'udp' as const, vip: '203.0.113.7', vip_port: 53 };
    expect(listenerOfSession(more)(session)).toBe('web/dns');
  });

  it('does not guess between two', () => {
    expect(() => findListener(tree, 'http')).toThrow('several listeners are called http; write LOADBALANCER/http');
  });

  it('names the listeners there are', () => {
    expect(() => findListener(tree, 'htpp')).toThrow(
      'no listener is called htpp; there are web/http, web/dns, mail/http',
    );
  });
});

describe('listenerOfSession', () => {
  const listenerOf = listenerOfSession(tree);

  it('goes by what the client speaks to', () => {
    expect(listenerOf({ protocol: 'udp', vip: '198.18.1.1', vip_port: 53 })).toBe('web/dns');
    expect(listenerOf({ protocol: 'tcp', vip: '198.18.1.2', vip_port: 80 })).toBe('mail/http');
  });

  it('knows no listener that is not configured any more', () => {
    expect(listenerOf({ protocol: 'tcp', vip: '198.18.1.1', vip_port: 53 })).toBeNull();
  });
});
