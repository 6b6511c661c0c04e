/** The gateway answers ARP for addresses that no interface has, and for no others. */
import { AddressBit } from '../../../src/datapath/layouts.js';
import { type Arp, arp, encode, frame } from '../../support/packet.js';
import type { Case } from '../case.js';
import { check } from '../check.js';
import { ENDS } from '../conversation.js';
import { ADDRESS, MAC } from '../scene.js';

const NOBODY = '00:00:00:00:00:00';
const EVERYBODY = { destination: 'ff:ff:ff:ff:ff:ff' };

/** Who has `target`? Asked by the scene's client unless told otherwise. */
const request = (target: string, fields: Partial<Arp> & { trailer?: Uint8Array } = {}) =>
  arp({
    operation: 1,
    senderMac: MAC.client,
    sender: ADDRESS.client,
    targetMac: NOBODY,
    target,
    ethernet: EVERYBODY,
    ...fields,
  });

export const ARP_CASES: readonly Case[] = [
  {
    sentence: 'who asks for a VIP is told the MAC address of the interface it asked by',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const told = { targetMac: MAC.client, target: ADDRESS.client };
      for (const ingress of ['front', 'back', 'narrow'] as const) {
        const reply = arp({ operation: 2, senderMac: MAC[ingress], sender: ADDRESS.vip, ...told });
        await check(gateway, request(ADDRESS.vip), { outcome: 'arp_reply', frame: reply, ingress });
      }
    },
  },
  {
    sentence: 'who asks for a local address is told as well, whether it asks all or one, with padding or without',
    run: async (gateway) => {
      const member = { senderMac: MAC.members, sender: ADDRESS.members[0]! };
      const told = { targetMac: MAC.members, target: ADDRESS.members[0]! };
      const [target] = ADDRESS.locals as unknown as [string];
      const reply = { operation: 2, senderMac: MAC.back, sender: target, ...told };
      const trailer = new Uint8Array(18).fill(0xaa);
      const asksAll = request(target, { ...member, trailer });
      await check(gateway, asksAll, { outcome: 'arp_reply', frame: arp({ ...reply, trailer }), ingress: 'back' });
      const asksOne = arp({ operation: 1, ...member, targetMac: MAC.back, target });
      await check(gateway, asksOne, { outcome: 'arp_reply', frame: arp(reply) });
    },
  },
  {
    sentence: 'a probe for an address of the gateway is answered: nobody else may take it (RFC 5227)',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const told = { targetMac: MAC.client, target: '0.0.0.0' };
      const reply = arp({ operation: 2, senderMac: MAC.front, sender: ADDRESS.vip, ...told });
      await check(gateway, request(ADDRESS.vip, { sender: '0.0.0.0' }), { outcome: 'arp_reply', frame: reply });
    },
  },
  {
    sentence: 'addresses that an interface has, and those of others, are the kernel’s to answer for',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      gateway.configuration.address(ADDRESS.vip, AddressBit.VIP);
      gateway.configuration.address(ADDRESS.locals[0], AddressBit.LOCAL);
      for (const target of [ADDRESS.vip, ADDRESS.locals[0], ADDRESS.otherVip, '198.18.0.1'])
        await check(gateway, request(target), { outcome: 'pass_not_ip' });
    },
  },
  {
    sentence: 'announcements and replies pass untouched, even of the gateway’s own addresses',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await check(gateway, request(ADDRESS.vip, { sender: ADDRESS.vip }), { outcome: 'pass_not_ip' });
      await check(gateway, request(ADDRESS.vip, { operation: 2 }), { outcome: 'pass_not_ip' });
      await check(gateway, request(ADDRESS.vip, { operation: 3 }), { outcome: 'pass_not_ip' });
    },
  },
  {
    sentence: 'a request by an interface without the gateway is the kernel’s',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      await check(gateway, request(ADDRESS.vip), { outcome: 'pass_not_ip', ingress: 'elsewhere' });
    },
  },
  {
    sentence: 'ARP that is cut short, or of other networks than Ethernet and IPv4, passes untouched',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
      const whole = request(ADDRESS.vip);
      const body = encode(whole).subarray(14);
      const changed = (at: number, value: number) => body.with(at, value);
      const bodies = [body.subarray(0, 27), body.subarray(0, 0), changed(1, 6), changed(2, 0x86)];
      for (const bytes of [...bodies, changed(4, 8), changed(5, 16)])
        await check(gateway, frame(whole.ethernet, bytes), { outcome: 'pass_not_ip' });
    },
  },
];
