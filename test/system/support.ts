/**
 * What the system tests share: a lab of their own with backends, receiver and daemon, listeners as cases write them, and looks into
 * what the daemon and the kernel of a host say.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { HTTP_PORT, type RunningBackend, startBackends } from '../../src/lab/backends.js';
import { Gateway, type GatewayOptions } from '../../src/lab/gateway.js';
import { Lab } from '../../src/lab/lab.js';
import type { TrafficResult } from '../../src/lab/protocol.js';
import { attachReceiver } from '../../src/lab/receiver.js';
import type { LabOptions } from '../../src/lab/topology.js';
import { until } from '../../src/lab/wait.js';
import type { ListenerStatus, StatusDocument } from '../../src/observe/status.js';

/** ms; only bounds how long a broken test takes to say so. */
export const PATIENCE = 60_000;

export interface SceneOptions extends LabOptions {
  gateway?: GatewayOptions;
  /** Changes the lab before anything runs in it. */
  prepare?: (lab: Lab) => Promise<void>;
  /** Start `backend.ts` on every backend. Default true. */
  programs?: boolean;
}

/** A member as the resource tree has it. */
export interface MemberBody {
  name: string;
  address: string;
  protocol_port: number;
  [field: string]: unknown;
}

/** A listener with its pool; whatever is left out has Octavia's defaults. */
export interface ServiceBody {
  protocol?: 'TCP' | 'UDP';
  algorithm?: string;
  members: MemberBody[];
  /** More fields of the listener and of the pool. */
  listener?: object;
  pool?: object;
}

/** A lab at work. One for each test file: files run one at a time, names keep what a crash left apart. */
export class Scene {
  readonly lab: Lab;
  readonly gateway: Gateway;
  backends: RunningBackend[] = [];
  #options: SceneOptions;
  #services = 0;

  /** @param name of the test file, at most 20 letters */
  constructor(name: string, options: SceneOptions = {}) {
    this.#options = options;
    this.lab = new Lab({ prefix: `sluice-t-${name}`, ...options });
    this.gateway = new Gateway(this.lab, options.gateway);
  }

  /** Needs root. */
  async start(): Promise<void> {
    await this.lab.up();
    await this.#options.prepare?.(this.lab);
    if (this.#options.programs !== false) this.backends = await startBackends(this.lab);
    await attachReceiver(this.lab);
    await this.gateway.start();
  }

  stop(): Promise<void> {
    return this.lab.down();
  }

  /** @param index from 1, as in `backend1` */
  member(index: number, fields: object = {}): MemberBody {
    const { name, addresses } = this.lab.host(`backend${index}`);
    return { name, address: addresses[0]!, protocol_port: HTTP_PORT, ...fields };
  }

  /** One of each backend. */
  members(fields: object = {}): MemberBody[] {
    return this.lab.plan.backends.map((_, index) => this.member(index + 1, fields));
  }

  /** Applies a load balancer with one listener, at a VIP and port that no other test of this lab uses. */
  async serve(body: ServiceBody): Promise<Service> {
    const vip = this.lab.plan.vips.at(-1 - this.#services)!;
    const service = new Service(this, `t${++this.#services}`, { vip, port: 10_000 + this.#services }, body);
    await service.change({});
    return service;
  }

  async status(): Promise<StatusDocument> {
    return (await this.gateway.status()) as StatusDocument;
  }

  /** Packets dropped by any cause, by cause; empty when there are none. */
  async drops(): Promise<Record<string, number>> {
    const { outcomes } = await this.status();
    return Object.fromEntries(
      Object.entries(outcomes).filter(([name, count]) => name.startsWith('drop_') && count > 0),
    );
  }

  /** Sessions in the table, all or those of a `/sessions` query. */
  async sessionCount(query = ''): Promise<number> {
    const answer = await this.gateway.request('GET', `/sessions?count=true${query && `&${query}`}`);
    return (JSON.parse(answer) as { count: number }).count;
  }

  /** TCP sockets of a host by state; `filter` as `ss` takes it: `dport = :80`. */
  async sockets(host: string, filter: string, state = 'all'): Promise<string[]> {
    const text = await this.lab.runOrThrow(host, ['ss', '-Htan', 'state', state, ...filter.split(' ')]);
    return text.split('\n').filter(Boolean);
  }
}

/** One load balancer with one listener. */
export class Service {
  readonly vip: string;
  readonly port: number;
  #body: ServiceBody;

  constructor(
    private readonly scene: Scene,
    readonly name: string,
    { vip, port }: { vip: string; port: number },
    body: ServiceBody,
  ) {
    this.vip = vip;
    this.port = port;
    this.#body = body;
  }

  /** For traffic orders. */
  get to(): { address: string; port: number; protocol: 'http' | 'udp' } {
    return { address: this.vip, port: this.port, protocol: this.#body.protocol === 'UDP' ? 'udp' : 'http' };
  }

  /** For a browser. */
  get url(): string {
    return `http://${this.vip}:${this.port}/`;
  }

  /** Applies it anew with these parts replaced. */
  async change(parts: Partial<ServiceBody>): Promise<void> {
    this.#body = { ...this.#body, ...parts };
    await this.scene.gateway.apply(this.tree());
  }

  /** What `apply` gets. */
  tree(): object {
    const { protocol = 'TCP', algorithm = 'ROUND_ROBIN', members, listener = {}, pool = {} } = this.#body;
    const default_pool = { name: this.name, protocol, lb_algorithm: algorithm, members, ...pool };
    const listeners = [{ name: this.name, protocol, protocol_port: this.port, default_pool, ...listener }];
    return { loadbalancers: [{ name: this.name, vip_address: this.vip, listeners }] };
  }

  async status(): Promise<ListenerStatus> {
    const { loadbalancers } = await this.scene.status();
    return loadbalancers.find(({ name }) => name === this.name)!.listeners[0]!;
  }

  /** Resolves once a member has that operating status. */
  async memberIs(name: string, wanted: string): Promise<void> {
    const reached = async () => (await this.memberStatus(name)).operating_status === wanted;
    await until(reached, PATIENCE, `${name} to be ${wanted}`);
  }

  async memberStatus(name: string): Promise<ListenerStatus['members'][number]> {
    return (await this.status()).members.find((member) => member.name === name)!;
  }

  /** Sessions of this listener in the table. */
  sessionCount(): Promise<number> {
    return this.scene.sessionCount(`vip=${this.vip}:${this.port}`);
  }
}

/** The expectation of most traffic: nothing failed, every answer was right and every backend saw the client itself. */
export function expectClean(result: TrafficResult, expected: { connections?: number; requests?: number } = {}): void {
  const { errors, failures, seen } = result;
  expect({ errors, failures: failures.slice(0, 3), wrong: seen.wrong }).toEqual({ errors: {}, failures: [], wrong: 0 });
  expect(result).toMatchObject(expected);
}

/** Compiles a program of test/support into the lab's run directory. */
export function compile(lab: Lab, source: string): string {
  const program = join(lab.runDirectory, source.replace(/\.c$/, ''));
  const path = fileURLToPath(new URL(`../support/${source}`, import.meta.url));
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, path], { encoding: 'utf8' });
  return program;
}
