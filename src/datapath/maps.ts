/** The gateway's maps, opened: handles by name and the three arrays that are mapped into this process. */
import type { BpfMap, BpfObject } from './addon.js';

/** Every map of bpf/maps.h that outlives the programs. */
export const MAP_NAMES = [
  'sessions4',
  'services',
  'wheel',
  'targets',
  'members',
  'budgets',
  'accounts',
  'client_cells',
  'access_lists',
  'stickies',
  'addresses',
  'locals',
  'devices',
  'settings',
  'lease_words',
  'outcomes',
  'events',
  'target_stats',
  'listener_stats',
  'session_filters',
] as const;
export type MapName = (typeof MAP_NAMES)[number];

export class GatewayMaps {
  readonly #maps: Record<MapName, BpfMap>;
  /** The wheels of all listeners: target ids, a cell of 16 after another. Writes are seen by packets at once. */
  readonly wheel: Uint32Array;
  /** Live counters of members, as `struct member`. */
  readonly members: DataView;
  /** What listeners and load balancers use, as `struct account`. */
  readonly accounts: DataView;

  /** @param object after it was loaded */
  constructor(object: BpfObject) {
    this.#maps = Object.fromEntries(MAP_NAMES.map((name) => [name, object.map(name)])) as Record<MapName, BpfMap>;
    this.wheel = new Uint32Array(this.#maps.wheel.mmap());
    this.members = new DataView(this.#maps.members.mmap());
    this.accounts = new DataView(this.#maps.accounts.mmap());
  }

  get(name: MapName): BpfMap {
    return this.#maps[name];
  }

  /** Lets go of the handles and of the mapped memory; pinned maps live on. */
  close(): void {
    for (const map of Object.values(this.#maps)) {
      map.close();
    }
  }
}
