/** A gateway's control plane without its servers: configurations of some size, and the road that changes take. */

import pino from 'pino';
import { mergeTree } from '#sluice/config/merge.js';
import { readTree } from '#sluice/config/tree.js';
import { ChangeRoad } from '#sluice/daemon/change.js';
import { loadAddon } from '#sluice/datapath/addon.js';
import { XdpDatapath } from '#sluice/datapath/gateway.js';
import { service, serviceKey } from '#sluice/datapath/layouts.js';
import { Pins } from '#sluice/datapath/pins.js';
import { HealthScheduler } from '#sluice/health/scheduler.js';
import { addressBytes, listAddresses } from '#sluice/model/address.js';
import type { Tree } from '#sluice/model/resources.js';
import type { State } from '#sluice/model/state.js';
import { SqliteStore } from '#sluice/store/sqlite-store.js';
import type { ControlOrder } from './result.js';

const FIRST_MEMBER = '198.19.64.1';
const PORT = 80;
const TCP = 6;
const SESSIONS = 65_536;
/** Weights run from 1 to this. */
const WEIGHTS = 10;

/** Wheel of a listener in the kernel. */
export interface Wheel {
  base: number;
  length: number;
}

export class Subject {
  readonly datapath: XdpDatapath;
  readonly road: ChangeRoad;
  readonly #order: ControlOrder;
  readonly #pins: Pins;
  readonly #store: SqliteStore;

  constructor(order: ControlOrder) {
    this.#order = order;
    this.#pins = new Pins(order.name);
    const log = pino({ level: 'error' }, pino.destination(2));
    this.datapath = new XdpDatapath({ ...order, sessions: SESSIONS, discardSessions: true }, log);
    const scheduler = new HealthScheduler(
      () => Promise.reject(new Error('no member has a health monitor')),
      () => undefined,
    );
    this.#store = new SqliteStore(order.stateDirectory);
    this.#store.open();
    this.road = new ChangeRoad({
      datapath: this.datapath,
      proxy: { plan: () => undefined, apply: () => Promise.resolve(), serving: () => new Set() },
      scheduler,
      gateway: {
        name: order.name,
        interfaces: order.interfaces,
        local_addresses: order.localAddresses,
        state_dir: order.stateDirectory,
        sessions: SESSIONS,
        dataplane: 'xdp',
      },
      store: this.#store,
    });
  }

  /** The create body of one load balancer with that many members as JSON. @param extra added to the first member's weight */
  text(members: number, extra: number): string {
    const addresses = listAddresses(FIRST_MEMBER, members);
    const pool = {
      protocol: 'TCP',
      lb_algorithm: 'ROUND_ROBIN',
      members: addresses.map((address, index) => ({
        address,
        protocol_port: PORT,
        weight: 1 + (index % WEIGHTS) + (index === 0 ? extra : 0),
      })),
    };
    const listeners = [{ protocol: 'TCP', protocol_port: PORT, default_pool: pool }];
    return JSON.stringify({ loadbalancer: { name: 'bench', vip_address: this.#order.vip, listeners } });
  }

  /** The state after applying that text. */
  stateOf(text: string): State {
    return this.stateWith(mergeTree(this.road.state, readTree(JSON.parse(text))).tree);
  }

  /** The state in force with other load balancers. */
  stateWith({ loadbalancers }: Tree): State {
    return { ...this.road.state, loadbalancers };
  }

  /** The wheel packets are sent by, as the kernel has it. */
  wheel(): Wheel {
    const map = loadAddon().openPinnedMap(this.#pins.map('services'));
    try {
      const key = { address: addressBytes(this.#order.vip), port: PORT, protocol: TCP };
      const bytes = map.get(serviceKey.encode(key));
      const row = bytes && service.decode(bytes);
      return { base: row?.wheel_base ?? 0, length: row?.wheel_length ?? 0 };
    } finally {
      map.close();
    }
  }
}
