import { describe, expect, it } from 'vitest';
import type { RequestCounters } from '../accesslog/index.js';
import { listenerTraffic, memberTraffic } from './proxied.js';
import { statsOf } from './testing/proxy-stats.js';

const FIGURES = {
  scur: 3,
  conn_tot: 40,
  bin: 500,
  bout: 6000,
  req_tot: 70,
  req_rate: 8,
  hrsp_1xx: 1,
  hrsp_2xx: 2,
  hrsp_3xx: 3,
  hrsp_4xx: 4,
  hrsp_5xx: 5,
  hrsp_other: 6,
  dreq: 9,
  ereq: 10,
  ssl_sess: 11,
  ssl_reused_sess: 12,
  ssl_failed_handshake: 13,
};
const FRONTEND = statsOf({ 'l_1,FRONTEND': FIGURES }).frontends.get('l_1');
const LOGGED = { status_404: 14, status_499: 15, status_502: 16, timed: 17, milliseconds: 18 } as RequestCounters;
const CONNECTIONS = { active: 3, sessions: 40, packets_in: 0, bytes_in: 500, packets_out: 0, bytes_out: 6000 };

describe('listenerTraffic', () => {
  it("takes connections, bytes and requests from HAProxy's frontend, statuses and times from its log", () => {
    expect(listenerTraffic(FRONTEND, LOGGED, true)).toEqual({
      ...CONNECTIONS,
      http: {
        requests: 70,
        requests_per_second: 8,
        responses: { '1xx': 1, '2xx': 2, '3xx': 3, '4xx': 4, '5xx': 5, other: 6 },
        responses_404: 14,
        responses_499: 15,
        responses_502: 16,
        timed: 17,
        milliseconds: 18,
        denied: 9,
        malformed: 10,
        tls_handshakes: 11,
        tls_resumed: 12,
        tls_failed: 13,
      },
    });
  });

  it('has zeros for what comes from the log while nothing was logged', () => {
    const { http } = listenerTraffic(FRONTEND, undefined, true);
    const zeros = { responses_404: 0, responses_499: 0, responses_502: 0, timed: 0, milliseconds: 0 };
    expect(http).toMatchObject({ requests: 70, ...zeros });
  });

  it('has no requests where bytes are passed on', () => {
    expect(listenerTraffic(FRONTEND, undefined, false)).toEqual({ ...CONNECTIONS, http: null });
  });

  it('has nothing where HAProxy does not know the listener, whatever was logged of it once', () => {
    const nothing = { active: 0, sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0, http: null };
    expect(listenerTraffic(undefined, LOGGED, true)).toEqual(nothing);
  });
});

describe('memberTraffic', () => {
  const server = (scur: number, stot: number, bin: number, bout: number) => ({ scur, stot, bin, bout });
  const stats = statsOf({
    'p_1,BACKEND': {},
    'p_1,10.0.0.1:80': server(1, 10, 100, 1000),
    'p_1,10.0.0.2:80': server(5, 50, 500, 5000),
    'p_1_2000_60000_tcp,BACKEND': {},
    'p_1_2000_60000_tcp,10.0.0.1:80': server(2, 20, 200, 2000),
    'p_12,BACKEND': {},
    'p_12,10.0.0.1:80': server(7, 70, 700, 7000),
    't_1,BACKEND': {},
    't_1,10.0.0.1:80': server(9, 90, 900, 9000),
  });
  const traffic = (active: number, sessions: number, bytes_in: number, bytes_out: number) => {
    return { active, sessions, bytes_in, bytes_out, packets_in: 0, packets_out: 0 };
  };
  it.each([
    ["adds up the backends of the member's pool, and nothing else", '1', '10.0.0.1:80', traffic(3, 30, 300, 3000)],
    ['leaves a pool whose id begins alike alone', '12', '10.0.0.1:80', traffic(7, 70, 700, 7000)],
    ['tells members of a pool apart', '1', '10.0.0.2:80', traffic(5, 50, 500, 5000)],
    ['has nothing of a member that HAProxy does not know', '1', '10.0.0.3:80', traffic(0, 0, 0, 0)],
    ['has nothing of a pool that HAProxy does not know', '2', '10.0.0.1:80', traffic(0, 0, 0, 0)],
  ])('%s', (_sentence, pool, name, expected) => {
    expect(memberTraffic(stats, pool, name)).toEqual(expected);
  });

  it('does not take one reading for another', () => {
    const later = statsOf({ 'p_1,BACKEND': {}, 'p_1,10.0.0.1:80': server(0, 11, 110, 1100) });
    memberTraffic(stats, '1', '10.0.0.1:80');
    expect(memberTraffic(later, '1', '10.0.0.1:80')).toEqual(traffic(0, 11, 110, 1100));
  });
});
