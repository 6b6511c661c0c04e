/** A TCP session begins: both directions translated, two rows, one lease. */

import { mss, nop, sackPermitted, timestamps, toa, windowScale } from '../../support/tcp-options.js';
import type { Case } from '../case.js';
import { check, equal, equalFrame } from '../check.js';
import { CLIENT_ISN, ENDS, MEMBER_ISN, shakeHands, tcpBetween } from '../conversation.js';

const LINUX_OPTIONS = [mss(1460), sackPermitted, timestamps(7, 0), nop, windowScale(7)];

export const HANDSHAKE_CASES: readonly Case[] = [
  {
    sentence: 'a SYN to the VIP leaves from the local address to the member',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const { fromClient, toMember } = tcpBetween();
      const syn = { flags: 'SYN', seq: CLIENT_ISN, options: LINUX_OPTIONS };
      await check(gateway, fromClient(syn), { outcome: 'forward', frame: toMember(syn), events: ['session_created'] });
      equal('rows', await gateway.rowCount(), 2);
    },
  },
  {
    sentence: 'a SYN-ACK of the member leaves from the VIP to the client, its MSS lowered by the room that TOA takes',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const { fromClient, fromMember, toClient } = tcpBetween();
      const answer = { flags: 'SYN ACK', seq: MEMBER_ISN, ack: CLIENT_ISN + 1 };
      await check(gateway, fromClient({ flags: 'SYN', seq: CLIENT_ISN }), { outcome: 'forward' });
      await check(gateway, fromMember({ ...answer, options: [mss(1460)] }), {
        outcome: 'forward',
        frame: toClient({ ...answer, options: [mss(1452)] }),
        events: ['mss_clamped'],
      });
    },
  },
  {
    sentence: 'the last packet of the handshake tells the member the client, as the first option',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member], toa: true });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      const segment = { flags: 'PSH ACK', seq: CLIENT_ISN + 1, ack: MEMBER_ISN + 1, payload: 'GET / HTTP/1.1\r\n' };
      await check(gateway, conversation.fromClient({ ...segment, options: [nop, nop, timestamps(8, 9)] }), {
        outcome: 'forward',
        frame: conversation.toMember({ ...segment, options: [toa(ENDS.client), nop, nop, timestamps(8, 9)] }),
        events: ['toa_inserted'],
      });
    },
  },
  {
    sentence: 'an established session that falls silent is reset at both ends, with sequence numbers both accept',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      await gateway.age(899);
      equal('frames before the idle timeout', (await gateway.reap()).length, 0);
      await gateway.age(2);
      const [first, second, ...more] = await gateway.reap();
      equal('further frames', more.length, 0);
      const reset = { flags: 'RST', window: 0 };
      equalFrame(first!.frame, conversation.gatewayToClient({ ...reset, seq: MEMBER_ISN + 1 }));
      equalFrame(second!.frame, conversation.gatewayToMember({ ...reset, seq: CLIENT_ISN + 1 }));
      equal('rows', await gateway.rowCount(), 0);
    },
  },
  {
    sentence: 'the 257th session finds a table for 256 full and is dropped; the 256 go on',
    sizes: { sessions: 256 },
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const syn = (port: number) => tcpBetween({ client: `198.18.0.2:${port}` }).fromClient({ flags: 'SYN', seq: 1 });
      for (let port = 1; port <= 256; port++) await check(gateway, syn(port), { outcome: 'forward' });
      await check(gateway, syn(257), { outcome: 'drop_sessions_full' });
      await check(gateway, syn(256), { outcome: 'forward' });
    },
  },
];
