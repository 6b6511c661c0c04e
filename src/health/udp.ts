/**
 * UDP checks. UDP itself does not tell silence from absence, so there are two ways:
 *
 * - An answer is expected: the member is well when a datagram comes back that contains it.
 * - None is: first an ICMP echo must be answered, for a host that is down is silent too. Then a datagram is sent. The member is
 *   unhealthy when ICMP says that nobody listens, well when anything comes back, and well when nothing does until the timeout.
 *
 * Where something drops ICMP echo, a member that is well cannot be told from one that is down, and counts as down: sending
 * clients to a dead member is the greater harm. A refusal that the member itself sends shows that it is alive.
 */
import { constants } from 'node:os';
import { timedOut } from './causes.js';
import type { Check, UdpRequest } from './checks.js';
import { excerpt } from './conversation.js';
import { outcomeOf } from './outcome.js';
import type { ProbeOutcome } from './thresholds.js';
import type { ConnectProbe, WireAnswer } from './wire.js';

const { ETIMEDOUT } = constants.errno;

/** A datagram or echo that may have been lost is sent again after this time, ms, as TCP does with a SYN. */
export const RESEND_MS = 1000;

/** Silence is waited for no longer than this part of the interval: a check that took all of it would delay the next one. */
const SILENCE = 0.9;

const ECHO_SILENT =
  'no answer to ICMP echo. Without an expected answer a UDP check needs it: let ICMP echo through, or set udp_response';

/** One UDP check. */
export async function probeUdp(check: Check, request: UdpRequest, connect: ConnectProbe): Promise<ProbeOutcome> {
  return request.expect === null
    ? await expectSilence(check, request, connect)
    : await expectAnswer(check, { ...request, expect: request.expect }, connect);
}

async function expectAnswer(
  check: Check,
  { send, expect }: UdpRequest & { expect: Uint8Array },
  connect: ConnectProbe,
): Promise<ProbeOutcome> {
  const { address, port, timeoutMs } = check;
  let heard: Buffer | undefined;
  const hear = (bytes: Uint8Array): boolean => {
    heard = Buffer.from(bytes);
    return true;
  };
  const answer = await connect(address, port, timeoutMs, { kind: 'datagram', send, hear, resendMs: RESEND_MS });
  if (heard && !heard.includes(Buffer.from(expect))) {
    const got = heard.length === 0 ? 'an empty datagram' : `"${excerpt(heard.toString('latin1'))}"`;
    return { ok: false, cause: `answered something else than expected: ${got}` };
  }
  return outcomeOf(answer, check);
}

async function expectSilence(check: Check, { send }: UdpRequest, connect: ConnectProbe): Promise<ProbeOutcome> {
  const { address, port, timeoutMs, intervalMs } = check;
  const echo = await connect(address, port, timeoutMs, { kind: 'echo', resendMs: RESEND_MS });
  if (!isAlive(echo)) {
    const silent = echo.errno === ETIMEDOUT && !echo.icmp;
    return silent ? { ok: false, cause: timedOut(timeoutMs, ECHO_SILENT) } : outcomeOf(echo, check);
  }
  const left = Math.max(1, Math.ceil(Math.min(timeoutMs, intervalMs * SILENCE) - echo.microseconds / 1000));
  // The second one half-way: ICMP errors get lost, and hosts send only so many a second.
  const resendMs = Math.ceil(left / 2);
  const answer = await connect(address, port, left, { kind: 'datagram', send, hear: () => true, resendMs });
  if (answer.errno === ETIMEDOUT && !answer.icmp) {
    return { ok: true, milliseconds: echo.microseconds / 1000 };
  }
  return outcomeOf(answer, check);
}

/** An answer to the echo, or any message of the member's own about it. */
function isAlive({ errno, icmp }: WireAnswer): boolean {
  return errno === 0 || icmp?.fromTarget === true;
}
