/** Sessions written into the pinned table by hand: as many as a test or bench needs, without traffic. */
import { loadAddon } from '../../src/datapath/addon.js';
import { flow4, SessionBit, session4 } from '../../src/datapath/layouts.js';

const BATCH = 8192;
/** Beyond the table: these sessions were never counted, so nobody's count goes down when they end. */
const NO_ACCOUNT = 0xffff;
const TICK_NS = 2n ** 24n;

/** Where planted sessions go. IPv4 addresses as numbers. */
export interface PlantedSessions {
  vip: number;
  local: number;
  member: number;
  target: number;
  /** Seconds; the reaper ends them after that. */
  idleTimeout: number;
}

/**
 * Plants established TCP sessions of `count` clients, from 10.0.0.0 on.
 * @param path of the pinned sessions4
 */
export async function plantSessions(path: string, count: number, where: PlantedSessions): Promise<void> {
  const map = loadAddon().openPinnedMap(path);
  try {
    for (let start = 0; start < count; start += BATCH) {
      const size = Math.min(BATCH, count - start);
      const keys = new Uint8Array(2 * size * flow4.size);
      const values = new Uint8Array(2 * size * session4.size);
      for (let i = 0; i < size; i++) {
        plantOne(keys, values, 2 * i, start + i, where);
      }
      await map.putBatch(keys, values, 2 * size);
    }
  } finally {
    map.close();
  }
}

function plantOne(keys: Uint8Array, values: Uint8Array, row: number, index: number, where: PlantedSessions): void {
  const client = 0x0a000000 + index;
  const now = Number((process.hrtime.bigint() / TICK_NS) & 0xffff_ffffn);
  const lease = { address: where.local + Math.floor(index / 60_000), port: 1024 + (index % 60_000) };
  const common = {
    ip_delta: 0,
    l4_delta: 0,
    dmac: new Uint8Array(6),
    smac: new Uint8Array(6),
    ifindex: 0,
    seen: now,
    target: where.target,
    account: NO_ACCOUNT,
    ack: 0,
    packets: 3,
    bytes: 180n,
  };
  const idle = where.idleTimeout << SessionBit.IDLE_SHIFT;
  const forward = { saddr: client, daddr: where.vip, sport: 40_000, dport: 80, protocol: 6 };
  const reverse = { saddr: where.member, daddr: lease.address, sport: 8080, dport: lease.port, protocol: 6 };
  put(keys, values, row, forward, {
    ...common,
    saddr: lease.address,
    daddr: where.member,
    sport: lease.port,
    dport: 8080,
    state: (idle | SessionBit.ANSWERED | SessionBit.UNLEASED) >>> 0,
    toa_ack: 0,
  });
  put(keys, values, row + 1, reverse, {
    ...common,
    saddr: where.vip,
    daddr: client,
    sport: 80,
    dport: 40_000,
    state: SessionBit.REVERSE | SessionBit.ANSWERED,
    created: now,
  });
}

function put(
  keys: Uint8Array,
  values: Uint8Array,
  row: number,
  flow: Parameters<typeof flow4.encode>[0],
  session: Parameters<typeof session4.encode>[0],
): void {
  keys.set(flow4.encode(flow), row * flow4.size);
  values.set(session4.encode(session), row * session4.size);
}
