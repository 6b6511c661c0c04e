/** Somebody who changes objects of his own through the API, one request after the other, and knows what he has been promised. */
import { expect } from 'vitest';
import type { Answer, ApiClient, Configuration, Json, Request } from './api-client.js';
import type { Random } from './random.js';

/** A writer's objects as the API shows them. */
interface Shown {
  /** Weights of the members of its pool, by address. */
  members: Record<string, number>;
  /** How many objects its second load balancer has below it; null: there is none. */
  tree: number | null;
}

/** A request, and what it makes of what there was. */
interface Change {
  request: Request;
  shown: Shown;
  /** What is created: a member's address, or `tree`. */
  creates?: string;
  /** Whether the answer leaves ids to be looked up. */
  replaces?: boolean;
}

export interface WriterParts {
  api: ApiClient;
  random: Random;
  /** Of its second load balancer, with which nobody else does anything. */
  vip: string;
  pool: Json;
  port: number;
  /** Of its members; the first always stays. */
  addresses: readonly [string, ...string[]];
}

const LISTENERS = [1, 2, 3];

export class Writer {
  /** Answers so far. */
  acknowledged = 0;
  readonly #parts: WriterParts;
  /** What all answers so far add up to. */
  #promised: Shown = { members: {}, tree: null };
  /** What the request that is not answered yet makes of it. */
  #pending: Shown | undefined;
  readonly #ids = new Map<string, string>();

  /** Call {@link check} first: it says what there is. */
  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Writes until the daemon does not answer any more. Everything has to succeed. */
  async write(): Promise<void> {
    for (;;) {
      const { request, shown, creates, replaces } = this.#next();
      this.#pending = shown;
      const answer = await this.#send(request);
      if (!answer) {
        return;
      }
      expect([request, answer.text, answer.status < 300]).toEqual([request, answer.text, true]);
      this.#promised = shown;
      this.#pending = undefined;
      this.acknowledged += 1;
      if (creates !== undefined) {
        this.#ids.set(creates, (Object.values(answer.body)[0] as Json).id);
      }
      const listed = replaces && (await this.#send({ method: 'GET', path: this.#membersPath() }));
      this.#note(listed ? listed.body.members : []);
    }
  }

  /** Everything that was promised is there; what was under way is there as well, or nothing of it. */
  check(configuration: Configuration): void {
    const shown = this.#shownIn(configuration);
    if (this.acknowledged > 0) {
      expect([this.#promised, this.#pending ?? this.#promised]).toContainEqual(shown);
    }
    this.#promised = shown;
    this.#pending = undefined;
  }

  #shownIn({ members, loadbalancers, listeners, pools }: Configuration): Shown {
    const { pool, vip } = this.#parts;
    const own = members.filter(({ pool_id }) => pool_id === pool.id);
    const tree = loadbalancers.find(({ vip_address }) => vip_address === vip);
    const isBelow = (one: Json) => one.loadbalancers[0].id === tree?.id;
    const poolIds = new Set(pools.filter(isBelow).map(({ id }) => id));
    const servers = members.filter(({ pool_id }) => poolIds.has(pool_id));
    this.#note(own);
    this.#ids.set('tree', tree?.id);
    return {
      members: Object.fromEntries(own.map(({ address, weight }) => [address, weight])),
      tree: tree ? listeners.filter(isBelow).length + poolIds.size + servers.length : null,
    };
  }

  #next(): Change {
    const { random } = this.#parts;
    const kind = random.between(1, 10);
    return kind <= 6 ? this.#changeMember() : kind <= 8 ? this.#replaceMembers() : this.#changeTree();
  }

  #changeMember(): Change {
    const { random, port, addresses } = this.#parts;
    const { members, tree } = this.#promised;
    const path = this.#membersPath();
    const address = random.pick(addresses.slice(1));
    const weight = random.between(1, 9);
    const added = { members: { ...members, [address]: weight }, tree };
    if (members[address] === undefined) {
      const body = { member: { address, protocol_port: port, weight } };
      return { request: { method: 'POST', path, body }, shown: added, creates: address };
    }
    const one = `${path}/${this.#ids.get(address)}`;
    if (random.chance(50)) {
      return { request: { method: 'PUT', path: one, body: { member: { weight } } }, shown: added };
    }
    const { [address]: _gone, ...rest } = members;
    return { request: { method: 'DELETE', path: one }, shown: { members: rest, tree } };
  }

  #replaceMembers(): Change {
    const { random, port, addresses } = this.#parts;
    const [first, ...others] = addresses;
    const chosen = [first, ...others.filter(() => random.chance(50))];
    const members = Object.fromEntries(chosen.map((address) => [address, random.between(1, 9)]));
    const body = { members: chosen.map((address) => ({ address, protocol_port: port, weight: members[address] })) };
    const shown = { members, tree: this.#promised.tree };
    return { request: { method: 'PUT', path: this.#membersPath(), body }, shown, replaces: true };
  }

  /** A whole load balancer, made or removed by one request. */
  #changeTree(): Change {
    const { vip: vip_address, addresses, port } = this.#parts;
    const { members, tree } = this.#promised;
    const path = '/v2/lbaas/loadbalancers';
    if (tree !== null) {
      const request = { method: 'DELETE', path: `${path}/${this.#ids.get('tree')}?cascade=true` };
      return { request, shown: { members, tree: null } };
    }
    const servers = addresses.map((address) => ({ address, protocol_port: port }));
    const listeners = LISTENERS.map((protocol_port) => ({
      protocol: 'TCP',
      protocol_port,
      default_pool: { name: `p${protocol_port}`, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members: servers },
    }));
    const shown = { members, tree: LISTENERS.length * (2 + servers.length) };
    const body = { loadbalancer: { vip_address, listeners } };
    return { request: { method: 'POST', path, body }, shown, creates: 'tree' };
  }

  /** Undefined: the daemon has ended. */
  #send(request: Request): Promise<Answer | undefined> {
    return this.#parts.api.send(request).catch(() => undefined);
  }

  #note(members: readonly Json[]): void {
    for (const { address, id } of members) {
      this.#ids.set(address, id);
    }
  }

  #membersPath(): string {
    return `/v2/lbaas/pools/${this.#parts.pool.id}/members`;
  }
}
