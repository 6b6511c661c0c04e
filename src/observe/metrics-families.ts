/** Every metric that is read from the status document: name, meaning, labels, and how its samples come about. Pure. */
import { joinLabels, type LabelText, labelText, type MetricHead, type Sample } from './exposition.js';
import type { OperatingStatus } from './operating-status.js';
import type {
  HttpStatus,
  ListenerStatus,
  LoadBalancerStatus,
  MemberStatus,
  StatusDocument,
  Traffic,
} from './status.js';

/** One metric. Named by Prometheus' conventions: base units, counters end in `_total`. */
export interface Family extends MetricHead {
  labels: readonly string[];
  samples: (snapshot: Snapshot) => Iterable<Sample>;
}

/** An object of the status document and the labels that name it. */
interface Row<T> {
  labels: LabelText;
  object: T;
  loadbalancer: LoadBalancerStatus;
}

const LOADBALANCER = ['loadbalancer', 'loadbalancer_id'];
const LISTENER = [...LOADBALANCER, 'listener', 'listener_id'];
const MEMBER = [...LISTENER, 'member', 'member_id'];

/** A status document, laid out for the metrics. */
export class Snapshot {
  readonly document: StatusDocument;
  readonly loadbalancers: readonly Row<LoadBalancerStatus>[];
  readonly listeners: readonly Row<ListenerStatus>[];
  #members: Row<MemberStatus>[] | undefined;

  constructor(document: StatusDocument) {
    this.document = document;
    this.loadbalancers = document.loadbalancers.map((object) => {
      const labels = labelText({ loadbalancer: object.name, loadbalancer_id: object.id });
      return { labels, object, loadbalancer: object };
    });
    this.listeners = this.loadbalancers.flatMap(({ labels, loadbalancer }) =>
      loadbalancer.listeners.map((object) => {
        const { id, name, protocol, protocol_port } = object;
        const own = { listener: name || `${protocol.toLowerCase()}-${protocol_port}`, listener_id: id };
        return { labels: joinLabels(labels, labelText(own)), object, loadbalancer };
      }),
    );
  }

  /** Of each listener those of its pool. */
  get members(): readonly Row<MemberStatus>[] {
    this.#members ??= this.listeners.flatMap(({ labels, object: { members }, loadbalancer }) =>
      members.map((object) => {
        const { id, address, protocol_port } = object;
        const member = `${address.includes(':') ? `[${address}]` : address}:${protocol_port}`;
        return { labels: joinLabels(labels, labelText({ member, member_id: id })), object, loadbalancer };
      }),
    );
    return this.#members;
  }
}

/** Of the gateway as a whole: a few series, however much is configured. */
const GATEWAY: readonly Family[] = [
  gauge('sluice_build_info', 'Always 1; the release is in its label.', ['version'], ({ gateway }) => [
    [labelText({ version: gateway.version }), 1],
  ]),
  gauge('sluice_dataplane_attached', '1 while the daemon has a data plane, else 0.', [], ({ gateway }) => [
    ['', gateway.sessions ? 1 : 0],
  ]),
  gauge('sluice_interface_info', 'Always 1; an interface of the data plane.', ['interface', 'mode'], ({ gateway }) =>
    gateway.interfaces.map(({ name, mode }) => [labelText({ interface: name, mode }), 1]),
  ),
  gauge('sluice_local_addresses', 'Source addresses towards members.', [], ({ gateway }) => [
    ['', gateway.local_addresses],
  ]),
  gauge('sluice_sessions', 'Sessions in the table, open (active) and closed ones (inactive).', ['state'], sessions),
  gauge('sluice_sessions_capacity', 'Sessions that the table holds.', [], ({ gateway }) =>
    gateway.sessions ? [['', gateway.sessions.capacity]] : [],
  ),
  counter(
    'sluice_packets_total',
    'Packets by outcome; forwarded ones are counted with their listener instead.',
    ['outcome'],
    ({ outcomes }) =>
      Object.entries(outcomes)
        .filter(([outcome]) => outcome !== 'forward')
        .map(([outcome, count]) => [labelText({ outcome }), count]),
  ),
  counter('sluice_events_total', 'What happened to sessions and packets on the way.', ['event'], ({ events }) =>
    Object.entries(events).map(([event, count]) => [labelText({ event }), count]),
  ),
  gauge(
    'sluice_proxy_info',
    'Always 1 while HAProxy serves listeners; its version is in the label.',
    ['version'],
    ({ proxy }) => (proxy ? [[labelText({ version: proxy.version }), 1]] : []),
  ),
  gauge('sluice_proxy_connections', 'Connections of HAProxy.', [], ({ proxy }) =>
    proxy ? [['', proxy.connections]] : [],
  ),
  gauge('sluice_proxy_connections_capacity', 'Connections that HAProxy can have at once.', [], ({ proxy }) =>
    proxy ? [['', proxy.max_connections]] : [],
  ),
  gauge('sluice_proxy_resident_memory_bytes', 'Memory of HAProxy.', [], ({ proxy }) =>
    proxy ? [['', proxy.memory]] : [],
  ),
  gauge(
    'sluice_proxy_old_workers',
    'Processes of HAProxy that finish their connections after a reload.',
    [],
    ({ proxy }) => (proxy ? [['', proxy.old_workers]] : []),
  ),
  counter(
    'sluice_access_log_lost_lines_total',
    'Lines of the access log that were lost, by cause.',
    ['cause'],
    ({ proxy }) => Object.entries(proxy?.lost_log_lines ?? {}).map(([cause, count]) => [labelText({ cause }), count]),
  ),
  gauge(
    'sluice_certificate_not_after_seconds',
    'When a certificate or revocation list expires, seconds since 1970.',
    ['certificate', 'certificate_id'],
    ({ certificates }) =>
      certificates.flatMap(({ id, name, not_after }) =>
        not_after === null
          ? []
          : [[labelText({ certificate: name, certificate_id: id }), Date.parse(not_after) / 1000] as const],
      ),
  ),
  gauge('sluice_warnings', 'Warnings in force.', [], ({ warnings }) => [['', warnings.length]]),
];

const LISTENERS: readonly Family[] = [
  ofListeners('gauge', 'sluice_listener_info', 'Always 1; where it listens, and its pool.', {
    labels: ['vip_address', 'protocol', 'protocol_port', 'pool'],
    samples: ({ protocol, protocol_port, pool }, { vip_address }) => [
      [labelText({ vip_address, protocol, protocol_port: String(protocol_port), pool: pool ?? '' }), 1],
    ],
  }),
  ofListeners('gauge', 'sluice_listener_operating_status', 'Always 1; the status is in its label.', {
    labels: ['status'],
    samples: ({ operating_status: status }) => [[labelText({ status }), 1]],
  }),
  ofListeners('gauge', 'sluice_listener_members', 'Members of its pool by state.', {
    labels: ['state'],
    samples: ({ members }) => memberStates(members),
  }),
  ofListeners('gauge', 'sluice_listener_sessions_active', 'Sessions that are not closed.', {
    samples: ({ active }) => [['', active]],
  }),
  ofListeners('counter', 'sluice_listener_sessions_total', 'New sessions.', {
    samples: ({ sessions }) => [['', sessions]],
  }),
  ofListeners('counter', 'sluice_listener_packets_total', 'Packets; in: from clients, out: to clients.', {
    labels: ['direction'],
    samples: packets,
  }),
  ofListeners('counter', 'sluice_listener_bytes_total', 'Bytes of IP packets; in: from clients, out: to clients.', {
    labels: ['direction'],
    samples: bytes,
  }),
  ofListeners('counter', 'sluice_listener_rejected_sessions_total', 'New sessions that were turned away, by cause.', {
    labels: ['cause'],
    samples: (listener) => [
      ['cause="no_member"', listener.refused],
      ['cause="admission"', listener.dropped],
      ['cause="acl"', listener.acl],
      ['cause="connection_limit"', listener.connection_limit],
      ['cause="rate_limit"', listener.rate_limit],
      ['cause="flavor_connections"', listener.flavor_connections],
      ['cause="flavor_rate"', listener.flavor_rate],
    ],
  }),
  ofListeners('counter', 'sluice_listener_limited_packets_total', 'Packets above the bandwidth limit.', {
    samples: ({ bandwidth }) => [['', bandwidth]],
  }),
];

/** Of listeners that the proxy serves. */
const HTTP: readonly Family[] = [
  ofHttp('sluice_listener_requests_total', 'HTTP requests.', { samples: ({ requests }) => [['', requests]] }),
  ofHttp('sluice_listener_responses_total', 'Answers by the class of their status.', {
    labels: ['class'],
    samples: ({ responses }) => Object.entries(responses).map(([name, count]) => [labelText({ class: name }), count]),
  }),
  ofHttp(
    'sluice_listener_responses_by_status_total',
    'Answers with the statuses that tell most; 499: the client went away first. Estimates from a sample where the access log is off.',
    {
      labels: ['status'],
      samples: (http) => [
        ['status="404"', http.responses_404],
        ['status="499"', http.responses_499],
        ['status="502"', http.responses_502],
      ],
    },
  ),
  ofHttp('sluice_listener_request_duration_seconds_sum', 'Duration of the requests that were timed.', {
    samples: ({ milliseconds }) => [['', milliseconds / 1000]],
  }),
  ofHttp('sluice_listener_request_duration_seconds_count', 'Requests that were timed.', {
    samples: ({ timed }) => [['', timed]],
  }),
  ofHttp(
    'sluice_listener_requests_refused_total',
    'Requests that were refused by a limit or policy, and malformed ones.',
    {
      labels: ['cause'],
      samples: ({ denied, malformed }) => [
        ['cause="denied"', denied],
        ['cause="malformed"', malformed],
      ],
    },
  ),
  ofHttp('sluice_listener_tls_handshakes_total', 'TLS handshakes by outcome.', {
    labels: ['outcome'],
    samples: ({ tls_handshakes, tls_resumed, tls_failed }) => [
      ['outcome="full"', tls_handshakes - tls_resumed],
      ['outcome="resumed"', tls_resumed],
      ['outcome="failed"', tls_failed],
    ],
  }),
];

/** Metrics of load balancers and their listeners. */
export const LOADBALANCER_FAMILIES: readonly Family[] = [
  {
    name: 'sluice_loadbalancer_operating_status',
    type: 'gauge',
    help: 'Always 1; the status is in its label.',
    labels: [...LOADBALANCER, 'status'],
    samples: ({ loadbalancers }) =>
      loadbalancers.map(({ labels, object }) => [
        joinLabels(labels, labelText({ status: object.operating_status })),
        1,
      ]),
  },
  ...LISTENERS,
  ...HTTP,
];

/** Metrics whose number grows with load balancers and listeners, at most. */
export const FAMILIES: readonly Family[] = [...GATEWAY, ...LOADBALANCER_FAMILIES];

/** Metrics whose number grows with members: given to those who ask for them. */
export const MEMBER_FAMILIES: readonly Family[] = [
  ofMembers('gauge', 'sluice_member_operating_status', 'Always 1; the status is in its label.', {
    labels: ['status'],
    samples: ({ operating_status: status }) => [[labelText({ status }), 1]],
  }),
  ofMembers('gauge', 'sluice_member_weight', 'Configured weight; 0 drains.', {
    samples: ({ weight }) => [['', weight]],
  }),
  ofMembers('gauge', 'sluice_member_check_duration_seconds', 'How long its last successful health check took.', {
    samples: ({ check_milliseconds: milliseconds }) => (milliseconds === undefined ? [] : [['', milliseconds / 1000]]),
  }),
  ofMembers('gauge', 'sluice_member_sessions_active', 'Sessions of the pool member that are not closed.', {
    samples: ({ active }) => [['', active]],
  }),
  ofMembers('counter', 'sluice_member_sessions_total', 'New sessions.', {
    samples: ({ sessions }) => [['', sessions]],
  }),
  ofMembers('counter', 'sluice_member_packets_total', 'Packets; in: from clients, out: to clients.', {
    labels: ['direction'],
    samples: packets,
  }),
  ofMembers('counter', 'sluice_member_bytes_total', 'Bytes of IP packets; in: from clients, out: to clients.', {
    labels: ['direction'],
    samples: bytes,
  }),
];

type OfDocument = (document: StatusDocument) => Iterable<Sample>;

function gauge(name: string, help: string, labels: readonly string[], samples: OfDocument): Family {
  return { name, type: 'gauge', help, labels, samples: ({ document }) => samples(document) };
}

function counter(name: string, help: string, labels: readonly string[], samples: OfDocument): Family {
  return { name, type: 'counter', help, labels, samples: ({ document }) => samples(document) };
}

/** What a metric says of one object, besides the labels that name the object. */
interface Reading<T> {
  labels?: readonly string[];
  samples: (object: T, loadbalancer: LoadBalancerStatus) => readonly Sample[];
}

function ofListeners(type: Family['type'], name: string, help: string, reading: Reading<ListenerStatus>): Family {
  const labels = [...LISTENER, ...(reading.labels ?? [])];
  return { type, name, help, labels, samples: ({ listeners }) => read(listeners, reading) };
}

/** Counters of listeners that have requests. */
function ofHttp(
  name: string,
  help: string,
  { labels = [], samples }: { labels?: readonly string[]; samples: (http: HttpStatus) => readonly Sample[] },
): Family {
  return ofListeners('counter', name, help, { labels, samples: ({ http }) => (http ? samples(http) : []) });
}

function ofMembers(type: Family['type'], name: string, help: string, reading: Reading<MemberStatus>): Family {
  const labels = [...MEMBER, ...(reading.labels ?? [])];
  return { type, name, help, labels, samples: ({ members }) => read(members, reading) };
}

function* read<T>(rows: readonly Row<T>[], { samples }: Reading<T>): Iterable<Sample> {
  for (const { labels, object, loadbalancer } of rows) {
    for (const [more, value] of samples(object, loadbalancer)) {
      yield [joinLabels(labels, more), value];
    }
  }
}

function packets({ packets_in, packets_out }: Traffic): readonly Sample[] {
  return [
    ['direction="in"', packets_in],
    ['direction="out"', packets_out],
  ];
}

function bytes({ bytes_in, bytes_out }: Traffic): readonly Sample[] {
  return [
    ['direction="in"', bytes_in],
    ['direction="out"', bytes_out],
  ];
}

const MEMBER_STATES: Readonly<Record<OperatingStatus, 'healthy' | 'unhealthy' | 'draining' | 'offline'>> = {
  ONLINE: 'healthy',
  NO_MONITOR: 'healthy',
  DEGRADED: 'unhealthy',
  ERROR: 'unhealthy',
  DRAINING: 'draining',
  OFFLINE: 'offline',
};

function memberStates(members: readonly MemberStatus[]): readonly Sample[] {
  const counts = { healthy: 0, unhealthy: 0, draining: 0, offline: 0 };
  for (const { operating_status } of members) {
    counts[MEMBER_STATES[operating_status]] += 1;
  }
  return Object.entries(counts).map(([state, count]) => [`state="${state}"`, count]);
}

/** A pool member is counted once, whatever number of listeners send to its pool. What HAProxy serves has no sessions. */
function sessions({ gateway, loadbalancers }: StatusDocument): readonly Sample[] {
  if (!gateway.sessions) {
    return [];
  }
  const counted = new Set<string>();
  let open = 0;
  const listeners = loadbalancers.flatMap((loadbalancer) => loadbalancer.listeners.filter(({ proxied }) => !proxied));
  for (const { id, active } of listeners.flatMap(({ members }) => members)) {
    open += counted.has(id) ? 0 : active;
    counted.add(id);
  }
  // Both are read one after the other: sessions that began in between are no negative ones.
  const active = Math.min(open, gateway.sessions.used);
  return [
    ['state="active"', active],
    ['state="inactive"', gateway.sessions.used - active],
  ];
}
