/** Probes: one attempt each, never rejected, with the cause in words when it fails. */
import { constants } from 'node:os';
import { causeOfAnswer, timedOut } from './causes.js';
import type { Check, CheckRequest } from './checks.js';
import type { Conversation } from './conversation.js';
import { closedEarly, HttpConversation } from './http.js';
import type { HttpsProbe } from './https.js';
import { HttpsThread } from './https-thread.js';
import { outcomeOf } from './outcome.js';
import type { ProbeOutcome } from './thresholds.js';
import { clientHello, HelloConversation } from './tls-hello.js';
import { probeUdp, RESEND_MS } from './udp.js';
import type { ConnectProbe, WireAnswer } from './wire.js';

export type { ConnectProbe } from './wire.js';

/** Runs one check once. */
export type Probe = (check: Check) => Promise<ProbeOutcome>;

/** Does HTTPS checks; never rejects. */
export type HttpsProber = (probe: HttpsProbe) => Promise<ProbeOutcome>;

const { ECONNRESET, EPIPE, ETIMEDOUT } = constants.errno;

/**
 * A probe for all kinds of check.
 * @param connect does everything but HTTPS
 */
export function createProbe(connect: ConnectProbe, https: HttpsProber = onThread()): Probe {
  return async (check) => {
    try {
      return await probe(check, connect, https);
    } catch (error) {
      return { ok: false, local: true, cause: `the gateway could not check: ${(error as Error).message}` };
    }
  };
}

function onThread(): HttpsProber {
  const thread = new HttpsThread();
  return (probe) => thread.probe(probe);
}

async function probe(check: Check, connect: ConnectProbe, https: HttpsProber): Promise<ProbeOutcome> {
  const { address, port, timeoutMs, request } = check;
  switch (request.kind) {
    case 'tcp':
      return outcomeOf(await connect(address, port, timeoutMs), check);
    case 'http':
      return request.tls
        ? await https({ address, port, timeoutMs, request })
        : await converse(check, new HttpConversation(request, address, port), connect);
    case 'tls-hello':
      return await converse(check, new HelloConversation(await helloOf(request)), connect);
    case 'ping':
      return outcomeOf(await connect(address, port, timeoutMs, { kind: 'echo', resendMs: RESEND_MS }), check);
    case 'udp':
      return await probeUdp(check, request, connect);
  }
}

async function converse(check: Check, talk: Conversation, connect: ConnectProbe): Promise<ProbeOutcome> {
  const { address, port, timeoutMs } = check;
  const hear = (bytes: Uint8Array) => talk.hear(bytes);
  const answer = await connect(address, port, timeoutMs, { kind: 'stream', send: talk.send, hear });
  if (answer.errno !== 0) {
    return answer.connected ? { ok: false, cause: brokenOff(answer, talk.begun, check) } : outcomeOf(answer, check);
  }
  talk.close();
  const cause = talk.cause();
  return cause === undefined ? { ok: true, milliseconds: answer.microseconds / 1000 } : { ok: false, cause };
}

/** Words for a connection that stood and then failed. */
function brokenOff(answer: WireAnswer, begun: boolean, { address, timeoutMs }: Check): string {
  if (answer.errno === ETIMEDOUT) {
    return timedOut(timeoutMs, begun ? 'the answer stopped half-way' : 'connected, but no answer');
  }
  return answer.errno === ECONNRESET || answer.errno === EPIPE
    ? closedEarly(begun)
    : causeOfAnswer(answer, address, timeoutMs);
}

type HelloRequest = Extract<CheckRequest, { kind: 'tls-hello' }>;

/** One ClientHello for all members of a monitor. */
const hellos = new WeakMap<HelloRequest, Promise<Uint8Array>>();

function helloOf(request: HelloRequest): Promise<Uint8Array> {
  const known = hellos.get(request) ?? clientHello(request.serverName);
  hellos.set(request, known);
  return known;
}
