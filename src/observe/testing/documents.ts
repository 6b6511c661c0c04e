/** Status documents to make metrics of. */
import { NO_REFUSALS } from '../../datapath/stats.js';
import { createMetrics } from '../metrics.js';
import type { HttpStatus, ListenerStatus, MemberStatus, StatusDocument } from '../status.js';

const NONE = { active: 0, sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0 };

export function member(id: string, given: Partial<MemberStatus> = {}): MemberStatus {
  const own = { id, name: '', pool: 'servers', address: '198.18.2.11', protocol_port: 8080, weight: 1 };
  return { ...NONE, ...own, operating_status: 'ONLINE', ...given };
}

export function listener(id: string, given: Partial<ListenerStatus> = {}): ListenerStatus {
  const own = { id, name: 'http', protocol: 'TCP', protocol_port: 80, pool: 'servers', proxied: false, http: null };
  return { ...NONE, ...NO_REFUSALS, ...own, operating_status: 'ONLINE', members: [], ...given };
}

/** Requests of an HTTP listener: no two figures are the same. */
export const HTTP_FIGURES: HttpStatus = {
  requests: 1000,
  requests_per_second: 17,
  responses: { '1xx': 101, '2xx': 202, '3xx': 303, '4xx': 404, '5xx': 505, other: 6 },
  responses_404: 44,
  responses_499: 49,
  responses_502: 52,
  timed: 800,
  milliseconds: 123_456,
  denied: 31,
  malformed: 32,
  tls_handshakes: 70,
  tls_resumed: 30,
  tls_failed: 5,
};

export function document(listeners: ListenerStatus[], given: Partial<StatusDocument> = {}): StatusDocument {
  return {
    at: 0,
    gateway: {
      name: 'gw1',
      version: '1.2.3',
      dataplane: 'xdp',
      started_at: '2026-01-31T12:00:00.000Z',
      interfaces: [{ name: 'eth0', mode: 'native' }],
      local_addresses: 4,
      sessions: { used: 10, capacity: 1_000_000 },
    },
    loadbalancers: [{ id: 'lb-1', name: 'web', vip_address: '198.18.0.10', operating_status: 'DEGRADED', listeners }],
    proxy: null,
    certificates: [],
    outcomes: {},
    events: {},
    warnings: [],
    ...given,
  };
}

/** The samples of our own metrics, `name{labels}` to value. */
export async function samples(status: StatusDocument, selection = {}): Promise<Record<string, string>> {
  const { text } = await createMetrics(() => status)(selection);
  const lines = text.split('\n').filter((line) => line.startsWith('sluice_'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
}

/** Labels of what these documents have. */
export const WEB = 'loadbalancer="web",loadbalancer_id="lb-1"';
export const HTTP = `${WEB},listener="http",listener_id="li-1"`;
