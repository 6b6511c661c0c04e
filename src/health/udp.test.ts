import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Check, datagramOf, type UdpRequest } from './checks.js';
import type { ProbeOutcome } from './thresholds.js';
import { probeUdp } from './udp.js';
import type { ConnectProbe, WireAnswer } from './wire.js';

const { ECONNREFUSED, EHOSTUNREACH, EPERM, ETIMEDOUT } = constants.errno;

const well: WireAnswer = { errno: 0, microseconds: 300 };
const silent: WireAnswer = { errno: ETIMEDOUT, microseconds: 5_000_000 };
const nobody: WireAnswer = {
  errno: ECONNREFUSED,
  microseconds: 200,
  icmp: { type: 3, code: 3, fromTarget: true },
};
const prohibited = (fromTarget: boolean): WireAnswer => ({
  errno: EHOSTUNREACH,
  microseconds: 300,
  icmp: { type: 3, code: 13, fromTarget },
});

/** What the network does. */
interface Network {
  echo?: WireAnswer;
  datagram?: WireAnswer;
  /** What comes back instead. */
  said?: string;
}

interface Sent {
  kind: string;
  timeoutMs: number;
  send?: string;
  resendMs?: number | undefined;
}

async function run(request: UdpRequest, { echo, datagram, said }: Network) {
  const sent: Sent[] = [];
  const connect: ConnectProbe = async (_address, _port, timeoutMs, talk) => {
    const { kind, send, hear, resendMs } = talk!;
    sent.push({ kind, timeoutMs, resendMs, ...(send && { send: Buffer.from(send).toString() }) });
    if (kind === 'datagram' && said !== undefined) {
      hear?.(Buffer.from(said));
      return well;
    }
    return (kind === 'echo' ? echo : datagram) ?? well;
  };
  const check: Check = {
    id: 'a',
    address: '198.18.2.11',
    port: 53,
    intervalMs: 5000,
    timeoutMs: 5000,
    thresholds: { rise: 1, fall: 1 },
    request,
  };
  return { outcome: await probeUdp(check, request, connect), sent };
}

function down(cause: string): ProbeOutcome {
  return { ok: false, cause };
}

describe('a UDP check without an expected answer', () => {
  const request: UdpRequest = { kind: 'udp', send: datagramOf('hello'), expect: null };
  const up: ProbeOutcome = { ok: true, milliseconds: 0.3 };
  const filtered = down('ICMP administratively prohibited: a firewall turns the check away');

  const cases: [string, Network, ProbeOutcome][] = [
    ['echo answered, then silence: well', { datagram: silent }, up],
    ['echo answered, then a datagram: well', { said: 'anything' }, up],
    [
      'echo answered, then port unreachable',
      { datagram: nobody },
      down('ICMP port unreachable: nothing listens on that port'),
    ],
    ['echo answered, then a firewall', { datagram: prohibited(false) }, filtered],
    ['echo refused by the member itself, then silence: well', { echo: prohibited(true), datagram: silent }, up],
    ['echo refused by a router', { echo: prohibited(false) }, filtered],
    [
      'echo not answered: down, though it may be filtered',
      { echo: silent },
      down(
        'timed out after 5 s: no answer to ICMP echo. Without an expected answer a UDP check needs it: let ICMP echo through, or set udp_response',
      ),
    ],
  ];
  it.each(cases)('%s', async (_sentence, network, outcome) => {
    expect((await run(request, network)).outcome).toEqual(outcome);
  });

  it('sends the datagram twice within what the echo left of nine tenths of the interval', async () => {
    const { sent } = await run(request, { echo: { errno: 0, microseconds: 1_000_000 }, datagram: silent });
    expect(sent).toEqual([
      { kind: 'echo', timeoutMs: 5000, resendMs: 1000 },
      { kind: 'datagram', timeoutMs: 3500, resendMs: 1750, send: 'hello' },
    ]);
  });

  it('sends no datagram to a member that is down', async () => {
    expect((await run(request, { echo: silent })).sent).toHaveLength(1);
  });

  it('says nothing about the member when the gateway may not send echo', async () => {
    const { outcome } = await run(request, { echo: { errno: EPERM, microseconds: 1, local: true } });
    expect(outcome).toMatchObject({ ok: false, local: true });
  });
});

describe('a UDP check with an expected answer', () => {
  const request: UdpRequest = { kind: 'udp', send: datagramOf('\\x00ping'), expect: datagramOf('po') };
  const cases: [string, Network, ProbeOutcome][] = [
    ['the answer contains it', { said: 'a pong' }, { ok: true, milliseconds: 0.3 }],
    ['the answer is another', { said: 'no\0!\nx' }, down('answered something else than expected: "no.!"')],
    ['the answer is empty', { said: '' }, down('answered something else than expected: an empty datagram')],
    ['silence', { datagram: silent }, down('timed out after 5 s')],
    ['port unreachable', { datagram: nobody }, down('ICMP port unreachable: nothing listens on that port')],
  ];
  it.each(cases)('%s', async (_sentence, network, outcome) => {
    expect((await run(request, network)).outcome).toEqual(outcome);
  });

  it('needs no echo', async () => {
    const { sent } = await run(request, { said: 'pong' });
    expect(sent).toEqual([{ kind: 'datagram', timeoutMs: 5000, resendMs: 1000, send: '\0ping' }]);
  });
});
