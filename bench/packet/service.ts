/** What the gateway needs for new sessions: a TCP and a UDP listener on one VIP, members, local addresses, interfaces. */
import { createAccessList } from '#sluice/datapath/access-lists.js';
import { type BpfMap, loadAddon } from '#sluice/datapath/addon.js';
import { readInterfaces } from '#sluice/datapath/host.js';
import {
  AddressBit,
  Algorithm,
  address,
  addressKey,
  budget,
  device,
  Limits,
  local,
  ServiceBit,
  service,
  serviceKey,
  settings,
  TargetBit,
  target,
  Unlimited,
  wheelCell,
} from '#sluice/datapath/layouts.js';
import { addressBytes, listAddresses } from '#sluice/model/address.js';
import { DEFAULT_SESSION_TIMES } from '#sluice/plan/desired.js';
import { keyOf } from '../counters.js';
import { GUARDED_PORT, ipv4, LOCALS, MEMBER, MEMBER_PORT, type SessionsOf, TCP, UDP, VIP, VIP_PORT } from './flows.js';

/** Members of each listener: ports of one host. */
const MEMBERS = 4;
const LOCAL_COUNT = 16;

/** Listeners by index, which is that of their account as well. */
const LISTENERS = [
  { protocol: TCP, port: VIP_PORT, guarded: false },
  { protocol: UDP, port: VIP_PORT, guarded: false },
  { protocol: TCP, port: GUARDED_PORT, guarded: true },
] as const;
type BenchListener = (typeof LISTENERS)[number];

/** How sessions of a listener are to be filled in. */
export function sessionsOf(protocol: number, guarded: boolean): SessionsOf {
  const account = LISTENERS.findIndex((one) => one.protocol === protocol && one.guarded === guarded);
  return { protocol, port: LISTENERS[account]!.port, account, metered: guarded };
}

const BALANCER = Limits.BALANCER_BASE;
/** Limits that the bench never reaches. */
const HIGH = { connections: 1_000_000_000, sessions: 1_000_000_000, byte_time: 1 };
const NONE = { connections: Unlimited.UNLIMITED, sessions: Unlimited.UNLIMITED, byte_time: 0 };

/** Single addresses on the deny-list of the guarded listener, right behind those of its clients: the way through the list is long. */
const BLOCKS = 100_000;
const BLOCKED = '198.18.65.0';

/** Fills the tables of configuration. @param interfaces of this network namespace, all with the gateway on them */
export async function putService(map: (name: string) => BpfMap, interfaces: readonly string[]): Promise<void> {
  putSettings(map);
  await putDevices(map('devices'), interfaces);
  map('addresses').put(
    addressKey.encode({ address: addressBytes(VIP) }),
    address.encode({ flags: AddressBit.VIP, local: 0 }),
  );
  listAddresses(LOCALS, LOCAL_COUNT).forEach((text, index) => {
    const bytes = addressBytes(text);
    map('locals').put(keyOf(index), local.encode({ address: bytes }));
    map('addresses').put(
      addressKey.encode({ address: bytes }),
      address.encode({ flags: AddressBit.LOCAL, local: index }),
    );
  });
  LISTENERS.forEach((listener, index) => {
    putListener(map, listener, index);
  });
  map('budgets').put(keyOf(BALANCER), budget.encode({ balancer: 0, ...HIGH }));
  await putAccessList(map('access_lists'));
}

async function putAccessList(lists: BpfMap): Promise<void> {
  const first = ipv4(BLOCKED);
  const cidrs = Array.from({ length: BLOCKS }, (_, index) => `${dotted(first + index)}/32`);
  const list = await createAccessList(loadAddon(), 'bench', cidrs);
  await lists.putMap(keyOf(0), list);
  list.close();
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

function putSettings(map: (name: string) => BpfMap): void {
  const row = {
    ...DEFAULT_SESSION_TIMES,
    local_count: LOCAL_COUNT,
    lease_mask: map('lease_words').maxEntries - 1,
    hash_key: 0x5eed,
  };
  map('settings').put(keyOf(0), settings.encode(row));
}

async function putDevices(map: BpfMap, interfaces: readonly string[]): Promise<void> {
  const all = await readInterfaces();
  for (const name of interfaces) {
    map.put(keyOf(loadAddon().interfaceIndex(name)), device.encode({ mac: all.get(name)!.mac }));
  }
}

function putListener(
  map: (name: string) => BpfMap,
  { protocol, port, guarded }: BenchListener,
  listener: number,
): void {
  const ids = Array.from({ length: MEMBERS }, (_, member) => 1 + listener * MEMBERS + member);
  ids.forEach((id, index) => {
    const row = {
      address: addressBytes(MEMBER),
      port: MEMBER_PORT + index,
      protocol,
      flags: TargetBit.USABLE,
      weight: 1,
      listener,
      member: id,
    };
    map('targets').put(keyOf(id), target.encode(row));
  });
  const cell = Uint32Array.from({ length: Limits.WHEEL_CELL_TARGETS }, (_, at) => ids[at % MEMBERS]!);
  map('wheel').put(keyOf(listener), wheelCell.encode({ target: cell }));
  const row = {
    listener,
    flags: ServiceBit.TOA | (guarded ? ServiceBit.DENY | ServiceBit.LIMITED | ServiceBit.METERED : 0),
    algorithm: Algorithm.WHEEL,
    idle_timeout: 900,
    sticky_timeout: 0,
    hash_seed: 0,
    wheel_base: listener * Limits.WHEEL_CELL_TARGETS,
    wheel_length: MEMBERS,
    mss: 0,
    account: listener,
    allowed_cidrs: 0,
    access_list: 0,
  };
  map('budgets').put(keyOf(listener), budget.encode({ balancer: BALANCER, ...(guarded ? HIGH : NONE) }));
  map('services').put(serviceKey.encode({ address: addressBytes(VIP), port, protocol }), service.encode(row));
}
