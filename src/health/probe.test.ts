import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Check, CheckRequest } from './checks.js';
import { createProbe } from './probe.js';
import { HTTP_REQUEST as http } from './testing/requests.js';
import type { ProbeOutcome } from './thresholds.js';
import type { ConnectProbe, WireAnswer } from './wire.js';

const { ECONNREFUSED, ECONNRESET, EMFILE, ENETUNREACH, EPROTO, ETIMEDOUT } = constants.errno;

function check(request: CheckRequest): Check {
  const times = { intervalMs: 5000, timeoutMs: 5000, thresholds: { rise: 1, fall: 1 } };
  return { id: 'a', address: '198.18.2.11', port: 80, ...times, request };
}

interface Case {
  sentence: string;
  request: CheckRequest;
  answer: WireAnswer;
  /** What the member says before that. */
  said?: string;
  outcome: ProbeOutcome;
}

const answered: WireAnswer = { errno: 0, microseconds: 1500 };
const broken = (errno: number): WireAnswer => ({ errno, microseconds: 1, connected: true });
const cases: Case[] = [
  {
    sentence: 'TCP: success, with the time to the SYN-ACK',
    request: { kind: 'tcp' },
    answer: answered,
    outcome: { ok: true, milliseconds: 1.5 },
  },
  {
    sentence: 'TCP: silence',
    request: { kind: 'tcp' },
    answer: { errno: ETIMEDOUT, microseconds: 5e6 },
    outcome: { ok: false, cause: 'timed out after 5 s' },
  },
  {
    sentence: 'TCP: refusal',
    request: { kind: 'tcp' },
    answer: { errno: ECONNREFUSED, microseconds: 1 },
    outcome: { ok: false, cause: 'refused: nothing listens on that port' },
  },
  {
    sentence: 'TCP: no route',
    request: { kind: 'tcp' },
    answer: { errno: ENETUNREACH, microseconds: 1 },
    outcome: { ok: false, cause: 'network unreachable: the gateway has no route to the member' },
  },
  {
    sentence: 'TCP: an error without words of its own keeps its name',
    request: { kind: 'tcp' },
    answer: { errno: EPROTO, microseconds: 1 },
    outcome: { ok: false, cause: 'failed with EPROTO' },
  },
  {
    sentence: "TCP: the gateway's own fault counts for no member",
    request: { kind: 'tcp' },
    answer: { errno: EMFILE, microseconds: 1, local: true },
    outcome: {
      ok: false,
      cause: 'the gateway has no file descriptors left for the check: raise LimitNOFILE',
      local: true,
    },
  },
  {
    sentence: 'HTTP: an expected status',
    request: http,
    answer: answered,
    said: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    outcome: { ok: true, milliseconds: 1.5 },
  },
  {
    sentence: 'HTTP: a body that ends with the connection',
    request: http,
    answer: answered,
    said: 'HTTP/1.1 200 OK\r\n\r\nfine',
    outcome: { ok: true, milliseconds: 1.5 },
  },
  {
    sentence: 'HTTP: another status',
    request: http,
    answer: answered,
    said: 'HTTP/1.1 503 x\r\n\r\n',
    outcome: { ok: false, cause: 'wrong status: 503 instead of 200' },
  },
  {
    sentence: 'HTTP: no connection in time',
    request: http,
    answer: { errno: ETIMEDOUT, microseconds: 5e6 },
    outcome: { ok: false, cause: 'timed out after 5 s' },
  },
  {
    sentence: 'HTTP: a connection and then silence',
    request: http,
    answer: broken(ETIMEDOUT),
    outcome: { ok: false, cause: 'timed out after 5 s: connected, but no answer' },
  },
  {
    sentence: 'HTTP: half an answer and then silence',
    request: http,
    answer: broken(ETIMEDOUT),
    said: 'HTTP/1.1 200 OK\r\n',
    outcome: { ok: false, cause: 'timed out after 5 s: the answer stopped half-way' },
  },
  {
    sentence: 'HTTP: a reset instead of an answer',
    request: http,
    answer: broken(ECONNRESET),
    outcome: { ok: false, cause: 'closed the connection without an answer' },
  },
  {
    sentence: 'TLS-HELLO: an alert',
    request: { kind: 'tls-hello', serverName: null },
    answer: answered,
    said: '\x15\x03\x03\0\x02\x02\x47',
    outcome: { ok: false, cause: 'TLS error: the member answered with alert insufficient_security' },
  },
  {
    sentence: 'PING: an answer',
    request: { kind: 'ping' },
    answer: answered,
    outcome: { ok: true, milliseconds: 1.5 },
  },
  {
    sentence: 'PING: a router that cannot reach it',
    request: { kind: 'ping' },
    answer: { errno: 113, microseconds: 1, icmp: { type: 3, code: 1, fromTarget: false } },
    outcome: { ok: false, cause: 'ICMP host unreachable: the address does not answer on its network' },
  },
];

describe('what a probe makes of an answer', () => {
  it.each(cases)('$sentence', async ({ request, answer, said, outcome }) => {
    const connect: ConnectProbe = async (_address, _port, _timeout, talk) => {
      if (said !== undefined) talk?.hear?.(Buffer.from(said, 'latin1'));
      return answer;
    };
    expect(await createProbe(connect)(check(request))).toEqual(outcome);
  });

  it('takes an error that was thrown for no verdict on the member', async () => {
    const probe = createProbe(() => Promise.reject(new Error('no')));
    expect(await probe(check({ kind: 'tcp' }))).toEqual({
      ok: false,
      local: true,
      cause: 'the gateway could not check: no',
    });
  });

  it('leaves HTTPS to whoever does it', async () => {
    const seen: unknown[] = [];
    const probe = createProbe(
      () => Promise.reject(new Error('not this way')),
      async (order) => {
        seen.push(order);
        return { ok: true, milliseconds: 2 };
      },
    );
    const request = { ...http, tls: true };
    expect(await probe(check(request))).toEqual({ ok: true, milliseconds: 2 });
    expect(seen).toEqual([{ address: '198.18.2.11', port: 80, timeoutMs: 5000, request }]);
  });

  it('sends one ClientHello for all members of a monitor', async () => {
    const sent: unknown[] = [];
    const probe = createProbe(async (_address, _port, _timeout, talk) => {
      sent.push(talk?.send);
      return answered;
    });
    const request: CheckRequest = { kind: 'tls-hello', serverName: 'shop.example' };
    await probe(check(request));
    await probe(check(request));
    expect(sent[0]).toBe(sent[1]);
  });
});
