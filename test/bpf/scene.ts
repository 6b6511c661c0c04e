/**
 * The network that packets of the tests run in: interfaces with addresses, routes and neighbours, but nobody at the other ends.
 * BPF_PROG_TEST_RUN sends nothing; the program asks the routing and neighbour tables, and those have to be real.
 *
 *     clients  198.18.0.0/24  ── front ┐
 *     behind a router  198.19.0.0/16 ──┤ gateway ├ back ────── 198.18.2.0/24  members, local addresses
 *                                                ├ narrow ──── 198.18.3.0/24  a member behind an MTU of 1400
 *                                                └ elsewhere ─ 198.18.4.0/24  an interface without the gateway's program
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Interface names of the gateway's side; the other ends have `-peer` behind it. */
export type Interface = 'front' | 'back' | 'narrow' | 'elsewhere';

/** MAC addresses: of the gateway's interfaces, and of who is behind them. */
export const MAC = {
  front: '02:00:00:00:00:01',
  back: '02:00:00:00:02:01',
  narrow: '02:00:00:00:03:01',
  elsewhere: '02:00:00:00:04:01',
  client: '02:00:00:00:00:02',
  router: '02:00:00:00:00:fe',
  neighbour: '02:00:00:00:00:0b',
  members: '02:00:00:00:02:0b',
  narrowMember: '02:00:00:00:03:0b',
} as const;

/** Addresses, by what they stand for. */
export const ADDRESS = {
  /** On front's own network. */
  client: '198.18.0.2',
  /** Anything in 198.19.0.0/16 is a client as well, behind a router. */
  remoteClient: '198.19.7.7',
  vip: '198.18.1.1',
  otherVip: '198.18.1.2',
  locals: ['198.18.2.201', '198.18.2.202', '198.18.2.203', '198.18.2.204'],
  members: ['198.18.2.11', '198.18.2.12', '198.18.2.13', '198.18.2.14'],
  /** On front's network: packets to it leave where they came in. */
  neighbourMember: '198.18.0.11',
  /** Its neighbour entry does not exist. */
  unresolvedMember: '198.18.2.99',
  /** Behind an MTU of 1400. */
  narrowMember: '198.18.3.11',
  /** Behind an interface that does not run the gateway. */
  elsewhereMember: '198.18.4.11',
  /** The routing table says unreachable. */
  unreachable: '198.18.66.1',
  /** Neither VIP nor local address, the kernel's to forward. */
  stranger: '198.18.2.77',
} as const;

const NARROW_MTU = 1400;

const LINKS: { name: Interface; address: string; mtu?: number; neighbours: Record<string, string> }[] = [
  {
    name: 'front',
    address: '198.18.0.1/24',
    neighbours: {
      [ADDRESS.client]: MAC.client,
      [ADDRESS.neighbourMember]: MAC.neighbour,
      '198.18.0.254': MAC.router,
    },
  },
  {
    name: 'back',
    address: '198.18.2.1/24',
    neighbours: Object.fromEntries(ADDRESS.members.map((address) => [address, MAC.members])),
  },
  {
    name: 'narrow',
    address: '198.18.3.1/24',
    mtu: NARROW_MTU,
    neighbours: { [ADDRESS.narrowMember]: MAC.narrowMember },
  },
  { name: 'elsewhere', address: '198.18.4.1/24', neighbours: { [ADDRESS.elsewhereMember]: MAC.members } },
];

export const INTERFACES: readonly Interface[] = LINKS.map(({ name }) => name);

/** Interfaces that run the gateway. */
export const GATEWAY_INTERFACES: readonly Interface[] = ['front', 'back', 'narrow'];

/** Who is reached how: the interface towards an address, and the MAC address of the next hop there. */
export function wayTo(address: string): { interface: Interface; mac: string } {
  const link = LINKS.find(({ neighbours }) => address in neighbours);
  if (link) return { interface: link.name, mac: link.neighbours[address]! };
  if (address.startsWith('198.19.')) return { interface: 'front', mac: MAC.router };
  throw new Error(`nobody is at ${address} in the scene of the packet tests`);
}

/** Makes the interfaces in the network namespace of this process, which must be an empty one of its own. */
export function buildScene(): void {
  const present = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (present.length > 0)
    throw new Error(
      `this network namespace is in use (${present.join(', ')}): run the packet tests in one of their own`,
    );
  const commands = LINKS.flatMap(({ name, address, mtu, neighbours }) => [
    `link add ${name} address ${MAC[name]} mtu ${mtu ?? 1500} type veth peer name ${name}-peer`,
    `link set ${name}-peer up`,
    `link set ${name} up`,
    `address add ${address} dev ${name}`,
    ...Object.entries(neighbours).map(([ip, mac]) => `neigh replace ${ip} lladdr ${mac} dev ${name} nud permanent`),
  ]);
  commands.push('link set lo up', 'route add 198.19.0.0/16 via 198.18.0.254', 'route add unreachable 198.18.66.0/24');
  // No router discovery and the like on links that are expected to be silent.
  writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1');
  execFileSync('ip', ['-batch', '-'], { input: commands.join('\n'), stdio: ['pipe', 'ignore', 'inherit'] });
  writeFileSync('/proc/sys/net/ipv4/conf/all/forwarding', '1');
}
