/**
 * A lab with applications behind the gateway and the product in it, for tests from the client's point of view: load balancers are made through the
 * API, at VIPs of their own.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Gateway, type GatewayOptions } from '../../../src/lab/gateway.js';
import { Lab } from '../../../src/lab/lab.js';
import { until } from '../../../src/lab/wait.js';
import { ApiClient, type Json } from '../../support/api-client.js';
import { type App, type AppOptions, startApp } from './apps.js';
import { Authority, type KeyPair } from './authority.js';
import { type CurlOptions, curl, type Response } from './curl.js';

/** ms; only bounds how long a broken test takes to say so. */
export const PATIENCE = 60_000;

export interface WebSceneOptions {
  /** Default 2. */
  backends?: number;
  /** Default 1. */
  clients?: number;
  gateway?: GatewayOptions;
  /** Of the apps, one on each backend. */
  app?: AppOptions;
}

/** A load balancer with all that is below it, as the API takes it, without its name and address. */
export interface BalancerBody {
  listeners: object[];
  pools?: object[];
  [field: string]: unknown;
}

export class WebScene {
  readonly lab: Lab;
  readonly gateway: Gateway;
  readonly api: ApiClient;
  /** On each backend, at port 8080. */
  apps: App[] = [];
  readonly #options: WebSceneOptions;
  #authority: Authority | undefined;
  #balancers = 0;

  /** @param name of the test file, at most 20 letters */
  constructor(name: string, options: WebSceneOptions = {}) {
    this.#options = options;
    const { backends = 2, clients = 1 } = options;
    this.lab = new Lab({ prefix: `sluice-e2e-${name}`, clients, backends });
    this.gateway = new Gateway(this.lab, options.gateway);
    this.api = new ApiClient(this.gateway.socket);
  }

  /** Needs root. */
  async start(): Promise<void> {
    await this.lab.up();
    await this.startApps();
    await this.gateway.start();
  }

  /** Without the product. */
  async startApps(): Promise<void> {
    const { backends } = this.lab.plan;
    this.apps = await Promise.all(backends.map(({ name }) => startApp(this.lab, name, this.#options.app)));
  }

  stop(): Promise<void> {
    return this.lab.down();
  }

  /** The authority that signs what this scene shows and trusts. */
  get authority(): Authority {
    this.#authority ??= Authority.make(join(this.lab.runDirectory, 'authority'));
    return this.#authority;
  }

  /** One that nobody trusts, with the same name. */
  otherAuthority(): Authority {
    return Authority.make(mkdtempSync(join(this.lab.runDirectory, 'authority-')));
  }

  /** A pool of HTTP members. @param fields more of the pool's */
  pool(name: string, apps: readonly App[] = this.apps, fields: object = {}): object {
    const members = apps.map((app) => ({ name: app.name, address: app.address, protocol_port: app.port }));
    return { name, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members, ...fields };
  }

  /** Makes a load balancer at a VIP that no other test of this lab uses, and waits until all its listeners take connections. */
  async serve(body: BalancerBody): Promise<Served> {
    const vip = this.lab.plan.vips[this.#balancers]!;
    const served = new Served(this, `e${++this.#balancers}`, vip);
    const loadbalancer = { name: served.name, vip_address: vip, ...body };
    await this.api.expect('POST', '/v2/lbaas/loadbalancers', { loadbalancer });
    for (const { protocol_port } of body.listeners as { protocol_port: number }[])
      await served.listening(protocol_port);
    return served;
  }

  /** Id of a new certificate. @param type Default `SERVER` */
  async certificate(pair: KeyPair, name = 'certificate'): Promise<string> {
    const { certificate, key: private_key } = pair;
    return this.#upload({ name, type: 'SERVER', certificate, private_key });
  }

  /** Id of certificates of authorities that clients are verified with. */
  clientAuthority(certificate = this.authority.certificate, name = 'authority'): Promise<string> {
    return this.#upload({ name, type: 'CLIENT_CA', certificate });
  }

  /** Id of a revocation list. */
  revocations(certificate: string, name = 'revocations'): Promise<string> {
    return this.#upload({ name, type: 'CRL', certificate });
  }

  async #upload(certificate: object): Promise<string> {
    const made = await this.api.expect('POST', '/v2/sluice/certificates', { certificate });
    return made.id;
  }
}

/** One load balancer. */
export class Served {
  constructor(
    private readonly scene: WebScene,
    readonly name: string,
    readonly vip: string,
  ) {}

  /** Resolves when a client gets a connection. */
  async listening(port: number): Promise<void> {
    const argv = ['timeout', '2', 'bash', '-c', ': < "/dev/tcp/$0/$1"', this.vip, String(port)];
    const open = async () => (await this.scene.lab.run('client1', argv)).code === 0;
    await until(open, PATIENCE, `${this.vip}:${port} to take connections`);
  }

  /** One request to it. @param path with scheme and port where they are not `http` and 80: `https://www.example:443/` or `/path` */
  get(path: string, options: CurlOptions = {}): Promise<Response> {
    const url = path.startsWith('/') ? `http://${this.vip}${path}` : path;
    return curl(this.scene.lab, url, { to: this.vip, ...options });
  }

  /** Who answers so many requests, one connection each. */
  async answers(path: string, count: number, options: CurlOptions = {}): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (let index = 0; index < count; index++) {
      const { status, headers, error } = await this.get(path, options);
      const who = headers['x-backend']?.[0] ?? `${status} ${error}`;
      found[who] = (found[who] ?? 0) + 1;
    }
    return found;
  }

  /** Id of an object of this load balancer by its name; that of a policy is the only one in the lab. @param kind `listeners`, `pools`, `l7policies` */
  async id(kind: string, name: string): Promise<string> {
    const [balancer]: Json[] = await this.scene.api.expect('GET', `/v2/lbaas/loadbalancers?name=${this.name}`);
    const named: Json[] = await this.scene.api.expect('GET', `/v2/lbaas/${kind}?name=${name}`);
    const found = named.filter(({ loadbalancers: of = [balancer] }) => of.some(({ id }: Json) => id === balancer.id));
    if (found.length !== 1) throw new Error(`${this.name} has ${found.length} ${kind} named ${name}`);
    return found[0].id;
  }

  /** Changes fields of such an object. */
  async set(kind: 'listeners' | 'pools' | 'l7policies', name: string, fields: object): Promise<void> {
    const singular = { listeners: 'listener', pools: 'pool', l7policies: 'l7policy' }[kind];
    await this.scene.api.expect('PUT', `/v2/lbaas/${kind}/${await this.id(kind, name)}`, { [singular]: fields });
  }
}
