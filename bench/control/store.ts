/** The store's speed: what a disk that syncs allows, a write at a time and in groups; finding what changed; starting. */
import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LOADBALANCER_DEFAULTS, MEMBER_DEFAULTS, POOL_DEFAULTS } from '#sluice/model/defaults.js';
import type { LoadBalancer, Member } from '#sluice/model/resources.js';
import type { State } from '#sluice/model/state.js';
import { emptyState, stateFromObjects, stateToWrite } from '#sluice/store/rows.js';
import { SqliteStore } from '#sluice/store/sqlite-store.js';
import type { AuditEntry, StoreWrite } from '#sluice/store/store.js';
import type { Progress } from '../progress.js';
import type { Table } from '../report.js';
import { interleave, median } from '../statistics.js';

/** On a disk: /tmp may be memory, where a sync costs nothing. */
const SCRATCH = '/var/tmp/sluice-bench-store-';
const LOAD_BALANCERS = 1_000;
const MEMBERS_EACH = 10;
/** Writes of a round, whatever the groups. */
const WRITES = 256;
const GROUPS = [1, 8, 64];
const WRITES_PER_SECOND = 500;
const DIFFERENCE_MS = 1;

/** @param rounds of each contestant */
export async function benchStore(rounds: number, progress: Progress): Promise<Table[]> {
  const directory = mkdtempSync(SCRATCH);
  const store = new SqliteStore(directory);
  try {
    store.open();
    const subject = new Subject(store);
    progress.say('store: 10,000 members');
    const first = time(() => subject.save());
    progress.say('store: writes');
    const writes = await interleave(rounds, {
      disk: async () => syncs(join(directory, 'log')),
      ...Object.fromEntries(GROUPS.map((size) => [`${size}`, async () => subject.writesPerSecond(size)])),
    });
    progress.say('store: differences and loading');
    const others = await interleave(rounds, {
      difference: async () => subject.difference(),
      load: async () => time(() => stateFromObjects(store.load())),
      backup: async (round) => await timeAsync(() => store.backup(join(directory, `backup-${round}`))),
    });
    const medians = Object.fromEntries(
      Object.entries({ ...writes, ...others }).map(([name, each]) => [name, median(each)]),
    );
    return [writesTable(medians), sizesTable(first, medians)];
  } finally {
    store.close();
    rmSync(directory, { recursive: true });
  }
}

function writesTable(medians: Record<string, number>): Table {
  return {
    title: 'Durable writes',
    meaning:
      'Writes per second, medians. A write is one member changed among 10,000, found, saved with its audit entry.',
    columns: ['what', 'per second'],
    rows: [
      ['the disk: 4 KiB appended and synced', medians.disk],
      ...GROUPS.map((size) => [size === 1 ? 'one by one' : `${size} in a group`, medians[size]]),
    ],
    targets: [
      { what: 'durable writes, one by one', value: medians['1']!, bound: WRITES_PER_SECOND, kind: 'least', unit: '/s' },
    ],
    notes: ['Those who wait for the daemon at the same time share a group, and so one sync of the disk.'],
  };
}

function sizesTable(first: number, { difference, load, backup }: Record<string, number>): Table {
  return {
    title: 'Store of 1,000 load balancers with 10,000 members',
    meaning: 'ms, medians; the first save once.',
    columns: ['what', 'ms'],
    rows: [
      ['first save', first],
      ['find one changed member', difference],
      ['load', load],
      ['backup, in a thread of its own', backup],
    ],
    targets: [{ what: 'find one changed member', value: difference!, bound: DIFFERENCE_MS, kind: 'most', unit: ' ms' }],
  };
}

/** A store and the state it holds. */
class Subject {
  readonly #store: SqliteStore;
  #state: State = { ...emptyState(), loadbalancers: Array.from({ length: LOAD_BALANCERS }, makeLoadBalancer) };
  #turn = 0;

  constructor(store: SqliteStore) {
    this.#store = store;
  }

  save(): void {
    this.#store.commit(stateToWrite(emptyState(), this.#state));
  }

  /** @param size writes in each commit */
  writesPerSecond(size: number): number {
    const milliseconds = time(() => {
      for (let left = WRITES / size; left > 0; left -= 1) this.#commit(size);
    });
    return WRITES / (milliseconds / 1000);
  }

  /** ms to find one changed member. */
  difference(): number {
    const before = this.#state;
    const after = this.#changed(before);
    let write: StoreWrite | undefined;
    const milliseconds = time(() => {
      write = stateToWrite(before, after);
    });
    if (write?.put.length !== 1) throw new Error(`${write?.put.length} objects are different, not one`);
    return milliseconds;
  }

  #commit(size: number): void {
    const before = this.#state;
    for (let left = size; left > 0; left -= 1) this.#state = this.#changed(this.#state);
    this.#store.commit({ ...stateToWrite(before, this.#state), audit: Array.from({ length: size }, makeEntry) });
  }

  /** Another weight for one member, each time of the next load balancer. */
  #changed(state: State): State {
    this.#turn += 1;
    const index = (this.#turn * 7) % LOAD_BALANCERS;
    const balancer = state.loadbalancers[index]!;
    const [pool, ...pools] = balancer.pools;
    const [member, ...members] = pool!.members;
    const weight = (member!.weight + 1) % 256;
    const changed = { ...balancer, pools: [{ ...pool!, members: [{ ...member!, weight }, ...members] }, ...pools] };
    return { ...state, loadbalancers: state.loadbalancers.with(index, changed) };
  }
}

function makeLoadBalancer(_: unknown, index: number): LoadBalancer {
  const members = Array.from({ length: MEMBERS_EACH }, (): Member => {
    return { ...made(), ...MEMBER_DEFAULTS, name: `server-${index}`, address: '198.19.64.1', protocol_port: 8080 };
  });
  return {
    ...made(),
    ...LOADBALANCER_DEFAULTS,
    name: `balancer-${index}`,
    vip_address: '198.18.0.1',
    vip_port_id: randomUUID(),
    public_addresses: [],
    managed_by: 'api',
    pools: [{ ...made(), ...POOL_DEFAULTS, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members }],
  };
}

function made() {
  return { id: randomUUID(), project_id: randomUUID(), created_at: '2026-01-31T12:00:00', updated_at: null };
}

function makeEntry(): AuditEntry {
  const member = { ...made(), ...MEMBER_DEFAULTS, address: '198.19.64.1', protocol_port: 8080 };
  return {
    id: randomUUID(),
    at: Date.now(),
    request_id: `req-${randomUUID()}`,
    user_id: randomUUID(),
    user_name: 'admin',
    project_id: member.project_id,
    source: '198.18.64.1',
    action: 'update',
    kind: 'member',
    resource_id: member.id,
    resource_name: '',
    method: 'PUT',
    path: `/v2/lbaas/pools/${randomUUID()}/members/${member.id}`,
    status: 200,
    outcome: 'success',
    request: { member: { weight: 7 } },
    response: { member },
    milliseconds: 2,
  };
}

/** How often a second the disk takes 4 KiB for good. */
function syncs(path: string): number {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096);
  const milliseconds = time(() => {
    for (let left = WRITES; left > 0; left -= 1) {
      writeSync(file, page);
      fdatasyncSync(file);
    }
  });
  closeSync(file);
  return WRITES / (milliseconds / 1000);
}

function time(action: () => unknown): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}

async function timeAsync(action: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}
