/** PO-5: where no member is usable, clients hear so at once. */
import type { NativeError } from '../../../src/datapath/addon.js';
import { AddressBit } from '../../../src/datapath/layouts.js';
import type { Endpoint } from '../../support/bytes.js';
import { encode, icmp, type Packet, tcp, udp } from '../../support/packet.js';
import { mss, nop, sackPermitted, timestamps, windowScale } from '../../support/tcp-options.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, shakeHands, tcpBetween, udpBetween } from '../conversation.js';
import { excuse } from '../coverage.js';
import { CLIENT_NEXT } from '../endings.js';
import { nothingLeft, turnedAway } from '../readings.js';
import { ADDRESS, MAC } from '../scene.js';

/** ICMP port unreachable from the VIP: quotes the IP header and 8 bytes. */
const unreachable = (datagram: Packet, ethernet = { source: MAC.front, destination: MAC.client as string }) =>
  icmp({
    from: datagram.ipv4!.destination,
    to: datagram.ipv4!.source,
    type: 3,
    code: 3,
    payload: encode(datagram).subarray(14, 14 + 28),
    ethernet,
  });

/** Of the 256 bytes in front of a packet the kernel wants 40 itself; this leaves 4. */
const ALMOST_ALL = 212;

const REMOTE: Endpoint = `${ADDRESS.remoteClient}:40000`;

export const REFUSE_CASES: readonly Case[] = [
  {
    sentence: 'a SYN without a usable member is answered by an RST that acknowledges it',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener({ vip: ENDS.vip });
      const { fromClient, gatewayToClient } = tcpBetween();
      const options = [mss(1460), sackPermitted, timestamps(7, 0), nop, windowScale(7)];
      const syn = fromClient({ flags: 'SYN ECE CWR', seq: 1000, options });
      const frame = gatewayToClient({ flags: 'RST ACK', seq: 0, ack: 1001, window: 0 });
      await check(gateway, syn, { outcome: 'refused_no_member', frame, events: [] });
      equal('turned away', turnedAway(gateway, index), { refused: 1 });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'the RST acknowledges the payload of a SYN as well, but not the padding of its frame',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip });
      const { fromClient, gatewayToClient } = tcpBetween();
      const sizes: [seq: number, payload: number, trailer: number, ack: number][] = [
        [1000, 5, 0, 1006],
        [1000, 0, 6, 1001],
        [1000, 1, 5, 1002],
        [1000, 1460, 0, 2461],
        [0xffff_ffff, 0, 0, 0],
        [0xffff_ffff, 10, 0, 10],
      ];
      for (const [seq, payload, trailer, ack] of sizes) {
        const syn = { flags: 'SYN', seq, payload: 'x'.repeat(payload), trailer: new Uint8Array(trailer).fill(0xee) };
        const frame = gatewayToClient({ flags: 'RST ACK', seq: 0, ack, window: 0 });
        await check(gateway, fromClient(syn), { outcome: 'refused_no_member', frame });
      }
    },
  },
  {
    sentence: 'a datagram without a usable member is answered by ICMP port unreachable that quotes it',
    run: async (gateway) => {
      const { index } = gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp' });
      const datagram = udpBetween().fromClient({ payload: 'hello', ip: { tos: 0xb8, identification: 77, ttl: 3 } });
      const frame = unreachable(datagram);
      await check(gateway, datagram, { outcome: 'refused_no_member', frame, events: [] });
      equal('turned away', turnedAway(gateway, index), { refused: 1 });
      await nothingLeft(gateway);
    },
  },
  {
    sentence: 'ICMP port unreachable is the same size for an empty datagram, a padded one and one as long as the MTU',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp' });
      const sizes = [
        [0, 0],
        [0, 18],
        [1, 17],
        [1472, 0],
      ] as const;
      for (const [length, padding] of sizes) {
        const fields = { payload: 'x'.repeat(length), trailer: new Uint8Array(padding).fill(0xee) };
        const datagram = udpBetween().fromClient(fields);
        await check(gateway, datagram, { outcome: 'refused_no_member', frame: unreachable(datagram) });
      }
    },
  },
  {
    sentence: 'ICMP port unreachable quotes a datagram without a checksum as it is',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp' });
      const datagram = udpBetween().fromClient({ payload: 'hello', checksum: 0 });
      await check(gateway, datagram, { outcome: 'refused_no_member', frame: unreachable(datagram) });
    },
  },
  {
    sentence: 'a refusal goes back to the MAC address that the packet came from, without asking for a route',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip });
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp' });
      for (const client of [REMOTE, `${ADDRESS.unreachable}:1`]) {
        const came = { source: MAC.router, destination: MAC.front };
        const goes = { source: MAC.front, destination: MAC.router };
        const syn = tcp({ from: client, to: ENDS.vip, flags: 'SYN', seq: 9, ethernet: came });
        const reset = { flags: 'RST ACK', seq: 0, ack: 10, window: 0 };
        const frame = tcp({ ...reset, from: ENDS.vip, to: client, ethernet: goes });
        await check(gateway, syn, { outcome: 'refused_no_member', frame });
        const datagram = udp({ from: client, to: ENDS.vip, payload: 'hello', ethernet: came });
        await check(gateway, datagram, { outcome: 'refused_no_member', frame: unreachable(datagram, goes) });
      }
    },
  },
  {
    sentence: 'a SYN for a port of a VIP that nobody listens on is answered by RST, whoever serves the other ports',
    run: async (gateway) => {
      for (const pass of [false, true]) {
        await gateway.reset();
        const { index } = gateway.configuration.listener({ vip: ENDS.vip, pass, members: [ENDS.member] });
        const { fromClient, gatewayToClient } = tcpBetween({ vip: `${ADDRESS.vip}:22` });
        const frame = gatewayToClient({ flags: 'RST ACK', seq: 0, ack: 1001, window: 0 });
        const syn = fromClient({ flags: 'SYN', seq: 1000, options: [mss(1460)] });
        await check(gateway, syn, { outcome: 'refused_no_listener', frame, events: [] });
        equal('turned away', turnedAway(gateway, index), {});
        await nothingLeft(gateway);
      }
    },
  },
  {
    sentence: 'TCP is refused where only UDP is listened for, and UDP where only TCP is',
    run: async (gateway) => {
      const { fromClient } = tcpBetween();
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp', members: [ENDS.member] });
      await check(gateway, fromClient({ flags: 'SYN', seq: 1 }), { outcome: 'refused_no_listener' });
      await gateway.reset();
      gateway.configuration.listener({ vip: ENDS.vip, pass: true });
      const datagram = udpBetween().fromClient({ payload: 'hello' });
      await check(gateway, datagram, { outcome: 'refused_no_listener', frame: unreachable(datagram), events: [] });
    },
  },
  {
    sentence: 'what is left of a connection whose listener is gone is answered by the RST that its sender believes',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, pass: true });
      await gateway.tables.services.clear();
      const { fromClient, gatewayToClient } = tcpBetween();
      const data = { flags: 'PSH ACK', seq: 5, ack: 4_000_000_000, payload: 'late' };
      const frame = gatewayToClient({ flags: 'RST', seq: 4_000_000_000, window: 0 });
      await check(gateway, fromClient(data), { outcome: 'refused_no_listener', frame });
    },
  },
  {
    sentence: 'an RST for a port that nobody listens on is not answered: two that do would never stop',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, pass: true });
      const { fromClient } = tcpBetween({ vip: `${ADDRESS.vip}:22` });
      for (const flags of ['RST', 'RST ACK', 'SYN RST'])
        await check(gateway, fromClient({ flags, seq: 1, ack: 1 }), { outcome: 'drop_no_session' });
    },
  },
  {
    sentence: 'a VIP without any listener refuses all ports, and the kernel answers echo requests',
    run: async (gateway) => {
      gateway.configuration.address(ADDRESS.vip, AddressBit.VIP | AddressBit.ARP);
      await check(gateway, tcpBetween().fromClient({ flags: 'SYN', seq: 1 }), { outcome: 'refused_no_listener' });
      await check(gateway, udpBetween().fromClient({}), { outcome: 'refused_no_listener' });
      const ethernet = { source: MAC.client, destination: MAC.front };
      const echo = icmp({ from: ADDRESS.client, to: ADDRESS.vip, payload: 'ping', ethernet });
      await check(gateway, echo, { outcome: 'pass_not_ours' });
    },
  },
  {
    sentence: 'a listener that has lost its last member refuses new sessions and leaves the established ones alone',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const conversation = tcpBetween();
      await shakeHands(gateway, conversation);
      gateway.configuration.listener({ vip: ENDS.vip });
      const frame = conversation.toMember(CLIENT_NEXT);
      await check(gateway, conversation.fromClient(CLIENT_NEXT), { outcome: 'forward', frame });
      const { fromClient } = tcpBetween({ client: `${ADDRESS.client}:2` });
      await check(gateway, fromClient({ flags: 'SYN', seq: 1 }), { outcome: 'refused_no_member' });
    },
  },
  {
    sentence: 'a datagram that cannot be refused for want of room in front of it is dropped by name',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, transport: 'udp' });
      try {
        const verdict = await gateway.send(udpBetween().fromClient({ payload: 'hello' }), 'front', ALMOST_ALL);
        equal('outcome', verdict.outcome, 'drop_no_headroom');
        equal('action', verdict.action, 'DROP');
      } catch (error) {
        if ((error as Partial<NativeError>).code !== 'EINVAL') throw error;
        excuse('drop_no_headroom');
      }
    },
  },
];
