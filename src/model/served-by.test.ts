import { describe, expect, it } from 'vitest';
import { listener, loadBalancer, pool, tree } from '../plan/testing/samples.js';
import type { ListenerProtocol, PoolSpec } from './resources.js';
import { proxiedVips, type Server, servedBy } from './served-by.js';

const VIP = '198.18.0.10';

describe('servedBy', () => {
  const plain = pool([]);
  const proxy = pool([], { protocol: 'PROXY' });
  const proxyV2 = pool([], { protocol: 'PROXYV2' });
  const encrypted = pool([], { tls_enabled: true });

  it.each<[sentence: string, protocol: ListenerProtocol, behind: PoolSpec | null, server: Server]>([
    ['TCP', 'TCP', plain, 'xdp'],
    ['TCP without a pool', 'TCP', null, 'xdp'],
    ['TLS passed through', 'HTTPS', plain, 'xdp'],
    ['UDP', 'UDP', pool([], { protocol: 'UDP' }), 'xdp'],
    ['TCP whose members want to be told the client in a header', 'TCP', proxy, 'proxy'],
    ['the same with the header in binary', 'TCP', proxyV2, 'proxy'],
    ['TLS passed through behind a PROXY header', 'HTTPS', proxy, 'proxy'],
    ['TCP whose members speak TLS', 'TCP', encrypted, 'proxy'],
    ['HTTP', 'HTTP', plain, 'proxy'],
    ['HTTP without a pool', 'HTTP', null, 'proxy'],
    ['TLS that ends here', 'TERMINATED_HTTPS', plain, 'proxy'],
    ['metrics', 'PROMETHEUS', null, 'proxy'],
  ])('%s', (_sentence, protocol, behind, server) => {
    const shape = loadBalancer('web', VIP, [], {
      listeners: [listener(protocol, 80, behind)],
      pools: behind ? [behind] : [],
    });
    const [loadbalancer] = tree(shape).loadbalancers;
    expect(servedBy(loadbalancer!, loadbalancer!.listeners[0]!)).toBe(server);
  });
});

describe('proxiedVips', () => {
  const http = (fields = {}) => listener('HTTP', 80, null, fields);

  it('every VIP of a load balancer with one listener of the proxy, once', () => {
    const additional_vips = [{ ip_address: '198.18.0.11', subnet_id: null }];
    const listeners = [listener('TCP', 22, null), http(), listener('PROMETHEUS', 9090, null)];
    const config = tree(
      loadBalancer('web', VIP, [], { listeners, additional_vips }),
      loadBalancer('ssh', '198.18.0.12', [], { listeners: [listener('TCP', 22, null)] }),
    );
    expect(proxiedVips(config)).toEqual([VIP, '198.18.0.11']);
  });

  it('none where listener or load balancer is disabled', () => {
    const config = tree(
      loadBalancer('one', VIP, [], { listeners: [http({ admin_state_up: false })] }),
      loadBalancer('two', '198.18.0.11', [], { listeners: [http()], admin_state_up: false }),
    );
    expect(proxiedVips(config)).toEqual([]);
  });
});
