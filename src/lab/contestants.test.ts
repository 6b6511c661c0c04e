import { expect, test } from 'vitest';
import { haproxyConfig, nftablesRules, type Service } from './contestants.js';
import { planLab } from './topology.js';

const plan = planLab({ backends: 2 });
const services: Service[] = [{ protocol: 'tcp', port: 80, memberPort: 8080 }];

test('nftables takes turns among the backends and hides the client behind the local addresses', () => {
  const rules = nftablesRules(plan, services);
  expect(rules).toContain(
    'ip daddr 198.18.200.1 tcp dport 80 dnat to numgen inc mod 2 map { 0 : 198.19.1.2, 1 : 198.19.2.2 } : 8080',
  );
  expect(rules).toContain('ip daddr 198.19.2.2 snat to 198.19.200.0-198.19.200.15');
});

test('HAProxy has one listener a service and one server a backend', () => {
  expect(haproxyConfig(plan, services, 1).split('\n').slice(7)).toEqual([
    'listen port-80',
    '  bind 198.18.200.1:80 backlog 16384',
    '  balance roundrobin',
    '  server backend1 198.19.1.2:8080',
    '  server backend2 198.19.2.2:8080',
    '',
  ]);
});
