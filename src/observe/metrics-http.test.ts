import { describe, expect, it } from 'vitest';
import { createMetrics, loadBalancerMetrics } from './metrics.js';
import { document, HTTP, HTTP_FIGURES, listener, member, samples } from './testing/documents.js';

describe('metrics of layer 7', () => {
  it('count the requests of an HTTP listener, and its answers by class and by the statuses that tell most', async () => {
    expect(await samples(document([listener('li-1', { http: HTTP_FIGURES })]))).toMatchObject({
      [`sluice_listener_requests_total{${HTTP}}`]: '1000',
      [`sluice_listener_responses_total{${HTTP},class="1xx"}`]: '101',
      [`sluice_listener_responses_total{${HTTP},class="2xx"}`]: '202',
      [`sluice_listener_responses_total{${HTTP},class="3xx"}`]: '303',
      [`sluice_listener_responses_total{${HTTP},class="4xx"}`]: '404',
      [`sluice_listener_responses_total{${HTTP},class="5xx"}`]: '505',
      [`sluice_listener_responses_total{${HTTP},class="other"}`]: '6',
      [`sluice_listener_responses_by_status_total{${HTTP},status="404"}`]: '44',
      [`sluice_listener_responses_by_status_total{${HTTP},status="499"}`]: '49',
      [`sluice_listener_responses_by_status_total{${HTTP},status="502"}`]: '52',
      [`sluice_listener_request_duration_seconds_sum{${HTTP}}`]: '123.456',
      [`sluice_listener_request_duration_seconds_count{${HTTP}}`]: '800',
      [`sluice_listener_requests_refused_total{${HTTP},cause="denied"}`]: '31',
      [`sluice_listener_requests_refused_total{${HTTP},cause="malformed"}`]: '32',
      [`sluice_listener_tls_handshakes_total{${HTTP},outcome="full"}`]: '40',
      [`sluice_listener_tls_handshakes_total{${HTTP},outcome="resumed"}`]: '30',
      [`sluice_listener_tls_handshakes_total{${HTTP},outcome="failed"}`]: '5',
    });
  });

  it('have no series of requests for listeners whose requests nobody looks into', async () => {
    const shown = await samples(document([listener('li-1'), listener('li-2', { proxied: true })]));
    const named = Object.keys(shown).filter((key) => /_(requests?|responses|tls)_/.test(key));
    expect(named).toEqual([]);
  });

  it('show HAProxy while there is one, and what was lost of its log', async () => {
    const proxy = {
      version: '2.6.12-1',
      uptime: 60,
      connections: 20,
      max_connections: 5000,
      memory: 30_000_000,
      old_workers: 2,
      lost_log_lines: { dropped: 1, slow: 2, failed: 0 },
    };
    const shown = await samples(document([], { proxy }));
    expect(shown).toMatchObject({
      'sluice_proxy_info{version="2.6.12-1"}': '1',
      sluice_proxy_connections: '20',
      sluice_proxy_connections_capacity: '5000',
      sluice_proxy_resident_memory_bytes: '30000000',
      sluice_proxy_old_workers: '2',
      'sluice_access_log_lost_lines_total{cause="dropped"}': '1',
      'sluice_access_log_lost_lines_total{cause="slow"}': '2',
      'sluice_access_log_lost_lines_total{cause="failed"}': '0',
    });
    const without = Object.keys(await samples(document([])));
    expect(without.filter((key) => /proxy|access_log/.test(key))).toEqual([]);
  });

  it('tell when certificates expire, and nothing of lists without an end', async () => {
    const certificates = [
      { id: 'c-1', name: 'shop', not_after: '2026-03-01T00:00:00Z' },
      { id: 'c-2', name: 'revoked', not_after: null },
    ];
    const shown = await samples(document([], { certificates }));
    const named = Object.entries(shown).filter(([key]) => key.startsWith('sluice_certificate'));
    expect(named).toEqual([
      ['sluice_certificate_not_after_seconds{certificate="shop",certificate_id="c-1"}', '1772323200'],
    ]);
  });
});

describe('metrics of a load balancer', () => {
  const members = [member('m-1', { sessions: 8 })];
  const status = document([listener('li-1', { http: HTTP_FIGURES, members })], {
    certificates: [{ id: 'c-1', name: 'shop', not_after: '2026-03-01T00:00:00Z' }],
    outcomes: { drop_ttl: 1 },
    warnings: ['something'],
  });

  it('are those of its listeners and members, as the gateway has them', async () => {
    const { type, text } = loadBalancerMetrics(status);
    const whole = await createMetrics(() => status)({ members: true });
    const shown = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(type).toBe(whole.type);
    expect(shown).toContain(`sluice_listener_requests_total{${HTTP}} 1000`);
    expect(shown).toContain(`sluice_member_sessions_total{${HTTP},member="198.18.2.11:8080",member_id="m-1"} 8`);
    expect(shown.filter((line) => !whole.text.split('\n').includes(line))).toEqual([]);
  });

  it('say nothing of the gateway, of the process and of anybody else', () => {
    const { text } = loadBalancerMetrics(status);
    const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    expect(names.filter((name) => !/^sluice_(loadbalancer|listener|member)_/.test(name!))).toEqual([]);
    expect(names).toContain('sluice_loadbalancer_operating_status');
    expect(text).not.toContain('shop');
  });
});
