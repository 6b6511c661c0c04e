/** What the gateway needs for new sessions: a TCP and a UDP listener on one VIP, members, local addresses, interfaces. */
import { type BpfMap, loadAddon } from '#sluice/datapath/addon.js';
import { readInterfaces } from '#sluice/datapath/host.js';
import {
  AddressBit,
  Algorithm,
  address,
  addressKey,
  device,
  Limits,
  local,
  ServiceBit,
  service,
  serviceKey,
  settings,
  TargetBit,
  target,
  wheelCell,
} from '#sluice/datapath/layouts.js';
import { addressBytes, listAddresses } from '#sluice/model/address.js';
import { DEFAULT_SESSION_TIMES } from '#sluice/plan/desired.js';
import { keyOf } from '../counters.js';
import { LOCALS, MEMBER, MEMBER_PORT, TCP, UDP, VIP, VIP_PORT } from './flows.js';

/** Members of each listener: ports of one host. */
const MEMBERS = 4;
const LOCAL_COUNT = 16;
const PROTOCOLS = [TCP, UDP];

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
  PROTOCOLS.forEach((protocol, listener) => {
    putListener(map, protocol, listener);
  });
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

function putListener(map: (name: string) => BpfMap, protocol: number, listener: number): void {
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
    flags: ServiceBit.TOA,
    algorithm: Algorithm.WHEEL,
    idle_timeout: 900,
    sticky_timeout: 0,
    hash_seed: 0,
    wheel_base: listener * Limits.WHEEL_CELL_TARGETS,
    wheel_length: MEMBERS,
    mss: 0,
  };
  map('services').put(serviceKey.encode({ address: addressBytes(VIP), port: VIP_PORT, protocol }), service.encode(row));
}
