/** Assertions of packet cases, with messages that say in words what differs. */
import type { Action, GatewayUnderTest, Verdict } from '../support/gateway-under-test.js';
import { encode, type Packet } from '../support/packet.js';
import { faults } from '../support/packet-decode.js';
import { describeFrame, differences } from '../support/packet-words.js';
import type { Interface } from './scene.js';

export interface Expectation {
  /** Label of enum outcome. */
  outcome: string;
  /** By default what goes with the outcome; TX instead of REDIRECT where a packet leaves by the interface it came in by. */
  action?: Action;
  /** The frame that comes out, byte for byte. Left out: any sound one. A packet passed to the kernel comes out as it went in. */
  frame?: Packet;
  /** Labels of all events that are counted, in the order of enum event. Left out: any. */
  events?: string[];
  /** By default the interface whose MAC address the packet is for. */
  ingress?: Interface;
}

/** Sends a packet; throws where anything is not as expected. Also where checksums or lengths came out wrong that went in right. */
export async function check(gateway: GatewayUnderTest, packet: Packet, expected: Expectation): Promise<Verdict> {
  const input = encode(packet);
  const verdict = await gateway.send(input, expected.ingress);
  const action = expected.action ?? actionOf(expected.outcome);
  const complaints = [
    ...unequal('outcome', verdict.outcome, expected.outcome),
    ...unequal('action', verdict.action, action),
    ...(expected.events ? unequal('events', verdict.events.join(', '), expected.events.join(', ')) : []),
  ];
  if (verdict.action !== 'DROP') complaints.push(...frameComplaints(input, verdict, expected));
  if (complaints.length > 0) fail(check, [...complaints, '', 'what came out:', ...describeFrame(verdict.frame)]);
  return verdict;
}

function frameComplaints(input: Uint8Array, verdict: Verdict, { frame, outcome }: Expectation): string[] {
  if (frame) return differences(verdict.frame, encode(frame));
  if (outcome.startsWith('pass_')) return differences(verdict.frame, input).map((line) => `changed: ${line}`);
  return faults(input).length === 0 ? faults(verdict.frame) : [];
}

function actionOf(outcome: string): Action {
  if (outcome === 'forward') return 'REDIRECT';
  if (outcome.startsWith('drop_')) return 'DROP';
  return outcome.startsWith('pass_') || outcome === 'kernel_forward' ? 'PASS' : 'TX';
}

/** Asserts that two values are equal. */
export function equal<Value>(what: string, actual: Value, expected: Value): void {
  const complaints = unequal(what, actual, expected);
  if (complaints.length > 0) fail(equal, complaints);
}

/** Asserts that a frame, of the reaper for example, has exactly these bytes. */
export function equalFrame(actual: Uint8Array, expected: Packet): void {
  const complaints = differences(actual, encode(expected));
  if (complaints.length > 0) fail(equalFrame, [...complaints, '', 'what came out:', ...describeFrame(actual)]);
}

function unequal<Value>(what: string, actual: Value, expected: Value): string[] {
  const [have, want] = [inWords(actual), inWords(expected)];
  return have === want ? [] : [`${what} is ${have || 'none'}, expected ${want || 'none'}`];
}

const inWords = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));

/** The trace begins where `assertion` was called: in the case. */
function fail(assertion: (...given: never[]) => unknown, complaints: string[]): never {
  const error = new Error(complaints.join('\n'));
  Error.captureStackTrace(error, assertion);
  throw error;
}
