/**
 * Every contestant in a lab of its own, all of them up at the same time, so that rounds can take turns between them. The labs that are
 * not in use cost nothing.
 */
import { loadAddon } from '#sluice/datapath/addon.js';
import { Pins } from '#sluice/datapath/pins.js';
import {
  type Contestant,
  type Service,
  startForwarding,
  startHaproxy,
  startNftables,
} from '#sluice/lab/contestants.js';
import { Lab } from '#sluice/lab/lab.js';
import type { LabOptions } from '#sluice/lab/topology.js';
import { PREFIXES } from '../names.js';
import { clearSessions } from '../sessions.js';
import type { ListenerOrder } from '../tree.js';
import { startWorker } from '../worker.js';

export type ArenaName = 'direct' | 'plain' | 'nftables' | 'haproxy' | 'sluice';

export interface Arena {
  name: ArenaName;
  /** For people. */
  label: string;
  lab: Lab;
  /** Where clients send to. */
  address: string;
  portOf(service: Service): number;
  /** Forgets the flows of earlier rounds. */
  forget(): Promise<void>;
}

/** Sessions of the gateway's table. */
const SESSIONS = 1_000_000;

/** Flows of the contests come from here, routed to the client: more of them than one address has ports. */
export const FLOW_SOURCES = '198.18.64.0';
const FLOW_NETWORK = '198.18.64.0/18';

const DIRECT = { client: '198.19.250.1', backend: '198.19.250.2' };

export class Arenas {
  readonly #arenas: Arena[] = [];
  readonly #labs: Lab[] = [];

  /** @throws LabError, SluiceError; nothing is left then */
  async open(names: readonly ArenaName[], services: readonly Service[], options: LabOptions): Promise<void> {
    for (const name of names) {
      const lab = new Lab({ clients: 1, backends: 1, resolveNeighbours: true, ...options, prefix: PREFIXES[name] });
      this.#labs.push(lab);
      await lab.up();
      // The contests' frames are redirected, never sent with XDP_TX: nobody needs the programs, and they would cost all contestants.
      await lab.setEndPrograms(false);
      await lab.ip('gateway', [`route add ${FLOW_NETWORK} via ${lab.plan.clients[0]!.addresses[0]}`]);
      this.#arenas.push(await STARTERS[name](lab, services));
    }
  }

  get all(): readonly Arena[] {
    return this.#arenas;
  }

  get(name: ArenaName): Arena {
    return this.#arenas.find((arena) => arena.name === name)!;
  }

  async close(): Promise<void> {
    for (const lab of this.#labs) await lab.down();
  }
}

type Starter = (lab: Lab, services: readonly Service[]) => Promise<Arena>;

const STARTERS: Record<ArenaName, Starter> = {
  direct: startDirect,
  plain: async (lab) => arena('plain', lab, await startForwarding(lab), async () => undefined),
  nftables: async (lab, services) => {
    const contestant = await startNftables(lab, services);
    // Network cards tell the kernel that a checksum is right; frames made by XDP do not, and nftables would pay for verifying them.
    await lab.set('gateway', { 'net.netfilter.nf_conntrack_checksum': 0 });
    return arena('nftables', lab, contestant, () => flushConntrack(lab));
  },
  haproxy: async (lab, services) => arena('haproxy', lab, await startHaproxy(lab, services), async () => undefined),
  sluice: startSluice,
};

function arena(name: ArenaName, lab: Lab, contestant: Contestant, forget: () => Promise<void>): Arena {
  return { name, label: contestant.name, lab, address: contestant.address, portOf: contestant.portOf, forget };
}

/** No gateway: a cable between client and backend, made like the lab's. What is left is the cost of both ends. */
async function startDirect(lab: Lab): Promise<Arena> {
  const [client, backend] = [lab.plan.clients[0]!, lab.plan.backends[0]!];
  const queues = `numrxqueues ${lab.plan.queues} numtxqueues ${lab.plan.queues}`;
  await lab.ip(client.name, [
    `link add direct ${queues} type veth peer name direct netns ${backend.namespace} ${queues}`,
    `addr add ${DIRECT.client}/24 dev direct`,
    'link set direct up',
  ]);
  await lab.ip(backend.name, [`addr add ${DIRECT.backend}/24 dev direct`, 'link set direct up']);
  for (const { name, ports } of [client, backend]) {
    ports.push({ name: 'direct', mac: '', addresses: [] });
    await lab.runOrThrow(name, ['ethtool', '-K', 'direct', 'tx', 'off', 'gro', 'on']);
  }
  return {
    name: 'direct',
    label: 'direct cable',
    lab,
    address: DIRECT.backend,
    portOf: (service) => service.memberPort,
    forget: async () => undefined,
  };
}

async function startSluice(lab: Lab, services: readonly Service[]): Promise<Arena> {
  const { plan } = lab;
  const listeners: ListenerOrder[] = services.map(({ protocol, port, memberPort }) => ({
    protocol: protocol === 'tcp' ? 'TCP' : 'UDP',
    port,
    members: plan.backends.map((host) => ({ address: host.addresses[0]!, port: memberPort })),
  }));
  const order = {
    name: plan.prefix,
    interfaces: plan.gatewayInterfaces,
    sessions: SESSIONS,
    stateDirectory: lab.runDirectory,
    localAddresses: plan.locals,
    vip: plan.vips[0]!,
    listeners,
  };
  await startWorker(lab, { host: 'gateway', script: 'system/sluice-worker.js' }, order);
  const pins = new Pins(plan.prefix);
  return {
    name: 'sluice',
    label: 'Sluice',
    lab,
    address: order.vip,
    portOf: (service) => service.port,
    forget: async () => {
      const maps = { sessions4: pins.map('sessions4'), lease_words: pins.map('lease_words') };
      const addon = loadAddon();
      await clearSessions((name) => addon.openPinnedMap(maps[name]));
    },
  };
}

/** IPCTNL_MSG_CT_DELETE without a tuple: every entry of the namespace. Node.js has no netlink sockets. */
const FLUSH = `
import socket, struct
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
netlink.send(struct.pack("=IHHIIBBH", 20, (1 << 8) | 2, 5, 1, 0, 0, 0, 0))
error = struct.unpack("=IHHIIi", netlink.recv(4096)[:20])[5]
raise SystemExit(error and f"cannot flush conntrack: error {-error}")
`;

async function flushConntrack(lab: Lab): Promise<void> {
  await lab.runOrThrow('gateway', ['python3', '-c', FLUSH]);
}
