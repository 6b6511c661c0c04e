import { describe, expect, it } from 'vitest';
import { freePort, withProxy } from './testing/haproxy.js';
import { compiled, listener, loadBalancer } from './testing/samples.js';
import { EchoServer, get } from './testing/traffic.js';

describe('a PROMETHEUS listener', () => {
  it('asks the daemon for the metrics of its load balancer, whatever the client says', async () => {
    const one = listener('PROMETHEUS', await freePort());
    const balancer = loadBalancer([one], []);
    const asked: unknown[] = [];
    const daemon = await EchoServer.start('daemon', (incoming, response) => {
      asked.push([incoming.url, incoming.headers['x-sluice-loadbalancer']]);
      response.end('metric 1\n');
    });
    const config = compiled([balancer]);
    const metrics = config.backends.get('metrics')!;
    const text = metrics.text.replace('unix@/metrics.sock', `127.0.0.1:${daemon.port}`);
    await withProxy({ ...config, backends: new Map([['metrics', { ...metrics, text }]]) }, async () => {
      const port = one.protocol_port;
      expect((await get(port, '/metrics', { 'X-Sluice-Loadbalancer': 'another' })).body).toBe('metric 1\n');
      expect((await get(port, '/v2/lbaas/loadbalancers')).status).toBe(404);
      expect((await get(port, '/metrics', { 'X-Sluice-Loadbalancer': balancer.id }, 'POST')).status).toBe(405);
    });
    expect(asked).toEqual([['/metrics', balancer.id]]);
    await daemon.stop();
  });
});
