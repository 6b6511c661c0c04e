import { describe, expect, it } from 'vitest';
import { routedUrl } from './paths.js';

describe('the path a request is routed by', () => {
  it.each([
    ['/v2/lbaas/loadbalancers', '/v2/lbaas/loadbalancers'],
    ['/v2.0/lbaas/loadbalancers', '/v2/lbaas/loadbalancers'],
    ['/v2/loadbalancers', '/v2/lbaas/loadbalancers'],
    ['/v2.0/loadbalancers?name=a', '/v2/lbaas/loadbalancers?name=a'],
    ['/load-balancer/v2.0/lbaas/pools/p/members', '/v2/lbaas/pools/p/members'],
    ['/load-balancer/v2/quotas/defaults', '/v2/lbaas/quotas/defaults'],
    ['/v2.0/octavia/amphorae', '/v2/octavia/amphorae'],
    ['/load-balancer/v2/sluice/audit', '/v2/sluice/audit'],
    ['/v2.0/subnets?id=x', '/v2.0/subnets?id=x'],
    ['/v2/networks', '/v2.0/networks'],
    ['/network/v2.0/qos/policies', '/v2.0/qos/policies'],
    ['/load-balancer', '/'],
    ['/load-balancer/', '/'],
    ['/network/', '/'],
    ['/load-balancer/healthcheck', '/healthcheck'],
    ['/v2', '/v2'],
    ['/load-balancer/v2.0', '/v2.0'],
    ['/', '/'],
    ['/?a=/v2/x', '/?a=/v2/x'],
    ['/projects/p', '/v3/projects/p'],
    ['/projects?name=a', '/v3/projects?name=a'],
    ['/projections', '/projections'],
    ['/identity/v3/auth/tokens', '/identity/v3/auth/tokens'],
    ['/load-balancers/v2/x', '/load-balancers/v2/x'],
    ['/v2.1/loadbalancers', '/v2.1/loadbalancers'],
    ['*', '*'],
  ])('of %s is %s', (url, routed) => {
    expect(routedUrl(url)).toBe(routed);
  });
});
