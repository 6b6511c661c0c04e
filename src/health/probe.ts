/** Probes: one attempt each, never rejected, with the cause in words when it fails. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { statusIsExpected } from '../model/resources.js';
import { causeOfCode, causeOfErrno, timedOut } from './causes.js';
import type { Check, HttpRequest } from './checks.js';

export type ProbeOutcome = { ok: true; milliseconds: number } | { ok: false; cause: string };

/** Runs one check once. */
export type Probe = (check: Check) => Promise<ProbeOutcome>;

/** SYN, SYN-ACK, RST towards an address. `errno` is 0 when the port answered, else positive. */
export type ConnectProbe = (
  address: string,
  port: number,
  timeoutMs: number,
) => Promise<{ errno: number; microseconds: number }>;

/** Bytes of an HTTP answer's body that are read before the connection is closed. */
const BODY_LIMIT = 65_536;

/** A probe for both kinds of check; `connect` does the TCP ones. */
export function createProbe(connect: ConnectProbe): Probe {
  return (check) => (check.http ? probeHttp(check, check.http) : probeTcp(check, connect));
}

async function probeTcp(check: Check, connect: ConnectProbe): Promise<ProbeOutcome> {
  try {
    const { errno, microseconds } = await connect(check.address, check.port, check.timeoutMs);
    if (errno === 0) {
      return { ok: true, milliseconds: microseconds / 1000 };
    }
    return { ok: false, cause: causeOfErrno(errno, check.timeoutMs) };
  } catch (error) {
    return { ok: false, cause: causeOfError(error, check.timeoutMs) };
  }
}

/** One request on a connection of its own; redirects count as what they are. */
export async function probeHttp(check: Check, http: HttpRequest): Promise<ProbeOutcome> {
  const started = performance.now();
  let sent: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<ProbeOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, cause: timedOut(check.timeoutMs) }), check.timeoutMs);
  });
  const answer = new Promise<ProbeOutcome>((resolve, reject) => {
    sent = request({
      host: check.address,
      port: check.port,
      method: http.method,
      path: http.path,
      agent: false,
      headers: { 'User-Agent': 'sluice-health-check', Connection: 'close', ...(http.host ? { Host: http.host } : {}) },
    });
    sent.on('response', (response) => {
      judge(response, http, started).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end();
  });
  try {
    return await Promise.race([answer, timeout]);
  } catch (error) {
    return { ok: false, cause: causeOfError(error, check.timeoutMs) };
  } finally {
    clearTimeout(timer);
    sent?.destroy();
    // Whoever lost the race is nobody's any more.
    answer.catch(() => undefined);
  }
}

/** A right status counts once the body has come too, as far as it is read: a server that hangs half-way is not healthy. */
async function judge(response: IncomingMessage, http: HttpRequest, started: number): Promise<ProbeOutcome> {
  const status = response.statusCode ?? 0;
  if (!statusIsExpected(http.expectedCodes, status)) {
    return { ok: false, cause: `wrong status: ${status} instead of ${http.expectedCodes}` };
  }
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length >= BODY_LIMIT) {
      break;
    }
  }
  return { ok: true, milliseconds: performance.now() - started };
}

function causeOfError(error: unknown, timeoutMs: number): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  if (code.startsWith('HPE_')) {
    return 'answered something that is not HTTP';
  }
  if (code === 'ECONNRESET' && message === 'socket hang up') {
    return 'closed the connection without an answer';
  }
  return code ? causeOfCode(code, timeoutMs) : message;
}
