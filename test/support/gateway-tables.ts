/** Every map of the gateway, typed, in sizes that a test can fill and clear. */
import type { BpfObject } from '../../src/datapath/addon.js';
import * as layouts from '../../src/datapath/layouts.js';
import { CounterTable, Table, u32, u64 } from './bpf-table.js';

/** What a case may want to be scarce. */
export interface Sizes {
  /** Sessions; each takes two rows. */
  sessions: number;
  /** 64-bit words of the lease bitmap, a power of two. */
  leaseWords: number;
}

/** 1024 words hold all 64,512 leases of one local address towards one member. */
export const DEFAULT_SIZES: Sizes = { sessions: 256, leaseWords: 1024 };

const ROWS = 64;

export function setSizes(object: BpfObject, sizes: Sizes): void {
  object.setMaxEntries('sessions4', 2 * sizes.sessions);
  object.setMaxEntries('lease_words', sizes.leaseWords);
  for (const map of ['services', 'wheel', 'targets', 'members', 'addresses', 'locals', 'devices'])
    object.setMaxEntries(map, ROWS);
  for (const map of ['target_stats', 'listener_stats']) object.setMaxEntries(map, ROWS);
  object.setMaxEntries('stickies', 1024);
}

export type GatewayTables = ReturnType<typeof openTables>;

/** Of a loaded object. */
export function openTables(object: BpfObject) {
  const map = (name: string) => object.map(name);
  return {
    sessions: new Table(map('sessions4'), layouts.flow4, layouts.session4),
    services: new Table(map('services'), layouts.serviceKey, layouts.service),
    wheel: new Table(map('wheel'), u32, layouts.wheelCell),
    targets: new Table(map('targets'), u32, layouts.target),
    members: new Table(map('members'), u32, layouts.member),
    budgets: new Table(map('budgets'), u32, layouts.budget),
    accounts: new Table(map('accounts'), u32, layouts.account),
    /** A map of maps: entries are put with `putMap`. */
    accessLists: map('access_lists'),
    clientCells: new Table(map('client_cells'), u32, layouts.clientCell),
    stickies: new Table(map('stickies'), layouts.stickyKey, layouts.sticky),
    addresses: new Table(map('addresses'), layouts.addressKey, layouts.address),
    locals: new Table(map('locals'), u32, layouts.local),
    devices: new Table(map('devices'), u32, layouts.device),
    settings: new Table(map('settings'), u32, layouts.settings),
    routes: new Table(map('routes'), u32, layouts.route),
    leaseWords: new Table(map('lease_words'), u32, u64),
    sessionFilters: new Table(map('session_filters'), u32, layouts.sessionFilter),
    outcomes: new CounterTable(map('outcomes'), u64),
    events: new CounterTable(map('events'), u64),
    targetStats: new CounterTable(map('target_stats'), layouts.targetStats),
    listenerStats: new CounterTable(map('listener_stats'), layouts.listenerStats),
  };
}
