import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENTS, OUTCOMES } from './explanations.js';
import { createMetrics, Durations } from './metrics.js';
import { FAMILIES, MEMBER_FAMILIES } from './metrics-families.js';
import { document, HTTP, listener, member, samples, WEB } from './testing/documents.js';

describe('metrics', () => {
  it('carry the type Prometheus knows and say of each metric what it is', async () => {
    const { type, text } = await createMetrics(() => document([listener('li-1')]))();
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain(
      '# HELP sluice_listener_sessions_total New sessions.\n# TYPE sluice_listener_sessions_total counter\n',
    );
    expect(text).toContain('# TYPE process_resident_memory_bytes gauge');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it("count a listener's traffic in both directions", async () => {
    const traffic = { active: 3, sessions: 7, packets_in: 11, bytes_in: 1100, packets_out: 22, bytes_out: 2200 };
    expect(await samples(document([listener('li-1', traffic)]))).toMatchObject({
      [`sluice_listener_sessions_active{${HTTP}}`]: '3',
      [`sluice_listener_sessions_total{${HTTP}}`]: '7',
      [`sluice_listener_packets_total{${HTTP},direction="in"}`]: '11',
      [`sluice_listener_packets_total{${HTTP},direction="out"}`]: '22',
      [`sluice_listener_bytes_total{${HTTP},direction="in"}`]: '1100',
      [`sluice_listener_bytes_total{${HTTP},direction="out"}`]: '2200',
    });
  });

  it('count what a listener turned away, by cause', async () => {
    expect(
      await samples(
        document([
          listener('li-1', {
            refused: 5,
            dropped: 6,
            acl: 7,
            connection_limit: 8,
            rate_limit: 9,
            flavor_connections: 10,
            flavor_rate: 11,
            bandwidth: 12,
          }),
        ]),
      ),
    ).toMatchObject({
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="no_member"}`]: '5',
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="admission"}`]: '6',
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="acl"}`]: '7',
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="connection_limit"}`]: '8',
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="rate_limit"}`]: '9',
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="flavor_connections"}`]: '10',
      [`sluice_listener_rejected_sessions_total{${HTTP},cause="flavor_rate"}`]: '11',
      [`sluice_listener_limited_packets_total{${HTTP}}`]: '12',
    });
  });

  it('count members by state', async () => {
    const statuses = ['ONLINE', 'NO_MONITOR', 'ERROR', 'ERROR', 'DRAINING', 'OFFLINE'] as const;
    const members = statuses.map((operating_status, index) => member(`m-${index}`, { operating_status }));
    expect(await samples(document([listener('li-1', { members })]))).toMatchObject({
      [`sluice_listener_members{${HTTP},state="healthy"}`]: '2',
      [`sluice_listener_members{${HTTP},state="unhealthy"}`]: '2',
      [`sluice_listener_members{${HTTP},state="draining"}`]: '1',
      [`sluice_listener_members{${HTTP},state="offline"}`]: '1',
    });
  });

  it('name where a listener is, and one without a name by its protocol and port', async () => {
    const labels = `${WEB},listener="tcp-80",listener_id="li-1"`;
    expect(await samples(document([listener('li-1', { name: '', pool: null })]))).toMatchObject({
      [`sluice_listener_info{${labels},vip_address="198.18.0.10",protocol="TCP",protocol_port="80",pool=""}`]: '1',
      [`sluice_listener_operating_status{${labels},status="ONLINE"}`]: '1',
      [`sluice_loadbalancer_operating_status{${WEB},status="DEGRADED"}`]: '1',
    });
  });

  it('divide the sessions in use into open and closed ones, a member of two listeners counted once', async () => {
    const members = [member('m-1', { active: 4 }), member('m-2', { active: 3 })];
    const status = document([listener('li-1', { members }), listener('li-2', { members })]);
    expect(await samples(status)).toMatchObject({
      'sluice_sessions{state="active"}': '7',
      'sluice_sessions{state="inactive"}': '3',
      sluice_sessions_capacity: '1000000',
    });
  });

  it('never show fewer sessions in use than open ones, though both are read one after the other', async () => {
    const status = document([listener('li-1', { members: [member('m-1', { active: 12 })] })]);
    expect(await samples(status)).toMatchObject({
      'sluice_sessions{state="active"}': '10',
      'sluice_sessions{state="inactive"}': '0',
    });
  });

  it('count no connections of the proxy among the sessions in the table', async () => {
    const proxied = listener('li-1', { proxied: true, members: [member('m-1', { active: 5 })] });
    const direct = listener('li-2', { members: [member('m-1', { active: 3 }), member('m-2', { active: 1 })] });
    expect(await samples(document([proxied, direct]))).toMatchObject({
      'sluice_sessions{state="active"}': '4',
      'sluice_sessions{state="inactive"}': '6',
    });
  });

  it('count every outcome but the forwarded packets, and every event', async () => {
    const outcomes = Object.fromEntries(Object.keys(OUTCOMES).map((label, index) => [label, index]));
    const events = Object.fromEntries(Object.keys(EVENTS).map((label, index) => [label, index]));
    const shown = await samples(document([], { outcomes, events }));
    const named = (name: string) => Object.keys(shown).filter((key) => key.startsWith(name));
    expect(named('sluice_packets_total')).toHaveLength(Object.keys(OUTCOMES).length - 1);
    expect(named('sluice_events_total')).toHaveLength(Object.keys(EVENTS).length);
    expect(shown['sluice_packets_total{outcome="drop_ttl"}']).toBe(String(outcomes.drop_ttl));
    expect(shown).not.toHaveProperty(['sluice_packets_total{outcome="forward"}']);
  });

  it('show the gateway without a data plane as it is', async () => {
    const status = document([]);
    const shown = await samples({ ...status, gateway: { ...status.gateway, sessions: null, interfaces: [] } });
    expect(shown).toMatchObject({ sluice_dataplane_attached: '0', 'sluice_build_info{version="1.2.3"}': '1' });
    expect(Object.keys(shown).filter((key) => key.startsWith('sluice_sessions{'))).toEqual([]);
  });

  it('have series for members only when asked', async () => {
    const members = [member('m-1', { address: '2001:db8::1', weight: 5, bytes_in: 9, check_milliseconds: 2.5 })];
    const status = document([listener('li-1', { members })]);
    const labels = `${HTTP},member="[2001:db8::1]:8080",member_id="m-1"`;
    expect(Object.keys(await samples(status)).filter((key) => key.startsWith('sluice_member'))).toEqual([]);
    expect(await samples(status, { members: true })).toMatchObject({
      [`sluice_member_weight{${labels}}`]: '5',
      [`sluice_member_bytes_total{${labels},direction="in"}`]: '9',
      [`sluice_member_check_duration_seconds{${labels}}`]: '0.0025',
      [`sluice_member_operating_status{${labels},status="ONLINE"}`]: '1',
    });
  });

  it('escape what would end a label', async () => {
    const shown = await samples(document([listener('li-1', { name: 'a"b\\c\nd' })]));
    expect(shown[`sluice_listener_sessions_total{${WEB},listener="a\\"b\\\\c\\nd",listener_id="li-1"}`]).toBe('0');
  });

  it('forget what is no longer configured, and read the status once for each answer', async () => {
    let read = 0;
    const answers = [document([listener('li-1', { sessions: 5 })]), document([listener('li-2', { sessions: 1 })])];
    const metrics = createMetrics(() => answers[read++]!);
    const [first, second] = await Promise.all([metrics(), metrics()]);
    expect(read).toBe(2);
    expect(first.text).toContain(`sluice_listener_sessions_total{${HTTP}} 5`);
    expect(first.text).not.toContain('li-2');
    expect(second.text).not.toContain('li-1');
  });

  it('have durations that were noted', async () => {
    const durations = new Durations();
    durations.checked('TCP', 'success', 3);
    durations.checked('TCP', 'failure', 5000);
    durations.changed('success', 40);
    const { text } = await createMetrics(() => document([]), { durations })();
    expect(text).toContain('sluice_health_check_duration_seconds_bucket{le="0.0025",type="TCP",result="success"} 0');
    expect(text).toContain('sluice_health_check_duration_seconds_bucket{le="0.005",type="TCP",result="success"} 1');
    expect(text).toContain('sluice_health_check_duration_seconds_sum{type="TCP",result="failure"} 5');
    expect(text).toContain('sluice_change_duration_seconds_count{result="success"} 1');
  });
});

describe('docs/metrics.md', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(sluice_\w+)` \| (\w+) \|([^|]*)\|/gm)].map(([, name, type, labels]) => ({
    name,
    type,
    labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  }));

  it('has a row for every metric, with its type and labels, in the same order', async () => {
    const durations = await new Durations().registry.getMetricsAsJSON();
    const histograms = durations.map(({ name, type }) => ({ name, type, labels: expect.any(Array) }));
    const families = [...FAMILIES, ...MEMBER_FAMILIES].map(({ name, type, labels }) => ({ name, type, labels }));
    expect(rows).toEqual([...families, ...histograms]);
  });

  it('maps only metrics that exist to those of the clouds', () => {
    const mapped = page.slice(page.indexOf('## The same in the clouds'));
    const names = [...mapped.matchAll(/sluice_\w+/g)].map(([name]) => name);
    const known = new Set(rows.map(({ name }) => name));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  });

  it('names every cause and state that is a label value', () => {
    for (const value of [
      'no_member',
      'admission',
      'acl',
      'connection_limit',
      'rate_limit',
      'flavor_connections',
      'flavor_rate',
      'healthy',
      'unhealthy',
      'draining',
      'offline',
      'active',
      'inactive',
      'denied',
      'malformed',
      '1xx',
      '5xx',
      'other',
      '404',
      '499',
      '502',
      'full',
      'resumed',
      'failed',
    ]) {
      expect(page).toContain(`\`${value}\``);
    }
  });
});
