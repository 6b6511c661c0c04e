/** LI-3: the bandwidth peak of a listener, for each direction. */
import { Limits, SessionBit } from '../../../src/datapath/layouts.js';
import { byteTime } from '../../../src/plan/budgets.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, FIRST_LEASE, shakeHands, tcpBetween } from '../conversation.js';
import { CLIENT_NEXT, MEMBER_NEXT } from '../endings.js';
import { turnedAway } from '../readings.js';
import { monotonic } from '../second.js';

const SYN = { flags: 'SYN', seq: 1000 };
const LISTENER = { vip: ENDS.vip, members: [ENDS.member] };
const SECOND_NS = 1_000_000_000n;
/** A row looks again whether it is metered with its next hop, after at most 4.3 s. */
const REFRESH = 5;
/** At 1 Mbit/s. */
const BYTES_PER_MILLISECOND = 125;
/** IP packet without payload and options. */
const HEADERS = 40;

/** Moments in the future at which each direction will have sent what it has. */
function busyFor(gateway: GatewayUnderTest, account: number, { up, down }: { up: bigint; down: bigint }): void {
  const now = monotonic();
  gateway.tables.accounts.change(account, (row) => ({ ...row, up_busy: now + up, down_busy: now + down }));
}

const isMetered = (gateway: GatewayUnderTest): boolean[] =>
  [gateway.session(ENDS.client, ENDS.vip), gateway.session(ENDS.member, FIRST_LEASE)].map(
    ({ state }) => (state & SessionBit.METERED) !== 0,
  );

export const BANDWIDTH_CASES: readonly Case[] = [
  {
    sentence: 'a direction that has more under way than a burst drops packets, the other direction goes on',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { bandwidth: 100 } });
      const { fromClient, fromMember, toMember, toClient } = tcpBetween();
      await shakeHands(gateway, tcpBetween());
      busyFor(gateway, index, { up: SECOND_NS, down: 0n });
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'drop_bandwidth', events: [] });
      await check(gateway, fromMember(MEMBER_NEXT), { outcome: 'forward', frame: toClient(MEMBER_NEXT) });
      busyFor(gateway, index, { up: 0n, down: SECOND_NS });
      await check(gateway, fromClient(CLIENT_NEXT), { outcome: 'forward', frame: toMember(CLIENT_NEXT) });
      await check(gateway, fromMember(MEMBER_NEXT), { outcome: 'drop_bandwidth', events: [] });
      equal('turned away', turnedAway(gateway, index), { bandwidth: 2 });
    },
  },
  {
    sentence: 'a packet takes as long as its bytes take at the peak, a dropped one takes no time',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { bandwidth: 7 } });
      await shakeHands(gateway, tcpBetween());
      busyFor(gateway, index, { up: SECOND_NS / 15n, down: SECOND_NS });
      const { up_busy: up, down_busy: down } = gateway.tables.accounts.get(index)!;
      const payload = new Uint8Array(1000);
      await check(gateway, tcpBetween().fromClient({ flags: 'ACK', ...CLIENT_NEXT, payload }), { outcome: 'forward' });
      const long = { flags: 'ACK', ...MEMBER_NEXT, payload };
      await check(gateway, tcpBetween().fromMember(long), { outcome: 'drop_bandwidth' });
      const time = Math.floor(((HEADERS + payload.length) * byteTime(7)) / 2 ** Limits.BYTE_TIME_SHIFT);
      equal('time of 1,040 bytes at 7 Mbit/s, ns', time, 1_188_571);
      const after = gateway.tables.accounts.get(index)!;
      equal('busy until', [after.up_busy, after.down_busy], [up + BigInt(time), down]);
    },
  },
  {
    sentence: 'an idle listener may begin with a burst of a quarter of a second and no more',
    run: async (gateway) => {
      await gateway.configuration.guarded({ ...LISTENER, limits: { bandwidth: 1 } });
      await shakeHands(gateway, tcpBetween());
      const packet = tcpBetween().fromClient({ flags: 'ACK', ...CLIENT_NEXT, payload: new Uint8Array(1460) });
      const started = monotonic();
      let bytes = 0;
      for (let packets = 0; packets < 100; packets++) {
        const { outcome } = await gateway.send(packet);
        if (outcome === 'forward') bytes += 1500;
        else equal('outcome', outcome, 'drop_bandwidth');
      }
      // A packet that has begun is finished.
      const burst = (BYTES_PER_MILLISECOND * Limits.BURST_NANOSECONDS) / 1e6;
      const most = burst + (BYTES_PER_MILLISECOND * Number(monotonic() - started)) / 1e6 + 1500;
      equal(`no more than ${most} of ${bytes} bytes`, bytes <= most, true);
      equal('a burst at least', bytes >= burst, true);
    },
  },
  {
    sentence: 'a session that began before the peak is metered soon, and freed when the peak is gone',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener(LISTENER);
      await shakeHands(gateway, tcpBetween());
      equal('before', isMetered(gateway), [false, false]);
      gateway.configuration.limit(index, { bandwidth: 100 });
      await gateway.age(REFRESH);
      await check(gateway, tcpBetween().fromClient(CLIENT_NEXT), { outcome: 'forward' });
      await check(gateway, tcpBetween().fromMember(MEMBER_NEXT), { outcome: 'forward' });
      equal('with a peak', isMetered(gateway), [true, true]);
      gateway.configuration.limit(index, {});
      busyFor(gateway, index, { up: SECOND_NS, down: SECOND_NS });
      await check(gateway, tcpBetween().fromClient(CLIENT_NEXT), { outcome: 'forward' });
      await gateway.age(REFRESH);
      await check(gateway, tcpBetween().fromClient(CLIENT_NEXT), { outcome: 'forward' });
      await check(gateway, tcpBetween().fromMember(MEMBER_NEXT), { outcome: 'forward' });
      equal('without', isMetered(gateway), [false, false]);
    },
  },
  {
    sentence: 'a session of a listener without a peak leaves no trace in its account',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener(LISTENER);
      await shakeHands(gateway, tcpBetween());
      const { up_busy: up, down_busy: down } = gateway.tables.accounts.get(index)!;
      equal('busy until', [up, down], [0n, 0n]);
    },
  },
  {
    sentence: 'a SYN over the peak is dropped, its retransmission goes on with the same session',
    run: async (gateway) => {
      const { index } = await gateway.configuration.guarded({ ...LISTENER, limits: { bandwidth: 100 } });
      busyFor(gateway, index, { up: SECOND_NS, down: 0n });
      const { fromClient, toMember } = tcpBetween();
      await check(gateway, fromClient(SYN), { outcome: 'drop_bandwidth' });
      busyFor(gateway, index, { up: 0n, down: 0n });
      await check(gateway, fromClient(SYN), { outcome: 'forward', frame: toMember(SYN), events: [] });
    },
  },
];
