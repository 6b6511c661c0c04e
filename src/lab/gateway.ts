/** The Sluice daemon in the lab's gateway namespace: started, killed, restarted, given load balancers. */
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { labError } from './errors.js';
import { type Completed, execute } from './execute.js';
import type { Lab } from './lab.js';
import { builtScript } from './paths.js';
import type { LabProcess } from './process.js';
import { until } from './wait.js';

export interface GatewayOptions {
  /** Sessions the table holds, default 100,000. */
  sessions?: number;
  /** Default: all that the lab has for it. */
  localAddresses?: string[];
  /** Default: all of the lab's gateway. */
  interfaces?: string[];
  /** The host file's `loadbalancers`, default none. */
  loadbalancers?: object[];
  /** The host file's `subnets`, default none. */
  subnets?: object[];
  /** More of the host file's `api`. */
  api?: object;
  /** More sections of the host file: `proxy`, `access_log`… */
  sections?: object;
}

interface MembersAnswer {
  members: Array<{ operating_status: string }>;
}

/** On the loopback of the gateway's namespace. */
export const GATEWAY_API_PORT = 9876;

const START_MS = 60_000;

export class Gateway {
  /** Unix socket of the daemon. */
  readonly socket: string;
  readonly hostFile: string;
  #process: LabProcess | undefined;

  constructor(
    private readonly lab: Lab,
    private readonly options: GatewayOptions = {},
  ) {
    this.socket = join(lab.runDirectory, 'sluice.sock');
    this.hostFile = join(lab.runDirectory, 'sluice.yaml');
  }

  /** Starts the daemon and waits until it answers. @throws LabError with the daemon's own words when it ends instead */
  async start(): Promise<void> {
    writeFileSync(this.hostFile, `${JSON.stringify(hostFile(this.lab, this.socket, this.options), null, 2)}\n`);
    const argv = [process.execPath, builtScript('cli/main.js'), 'serve', '--config', this.hostFile];
    const daemon = await this.lab.spawn('gateway', argv, { name: 'sluice' });
    this.#process = daemon;
    // Not only connecting: the daemon takes requests early and answers them once its data plane runs.
    const answering = () => {
      daemon.requireRunning();
      return this.request('GET', '/healthcheck').then(
        () => true,
        () => false,
      );
    };
    await until(answering, START_MS, () => `the daemon to answer; it says: ${daemon.log().slice(-2000)}`);
  }

  /** The daemon's process. @throws LabError `lab.gateway` before start() */
  get process(): LabProcess {
    if (!this.#process) throw labError('lab.gateway', 'the daemon has not been started');
    return this.#process;
  }

  /** SIGKILL, as a crash would end it: what it attached stays. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.process.ended;
  }

  /** SIGTERM. Resolves to its exit code. */
  stop(): Promise<number> {
    return this.process.stop();
  }

  /** Runs the command line tool against this daemon. */
  sluice(argv: readonly string[]): Promise<Completed> {
    return execute([process.execPath, builtScript('cli/main.js'), '--socket', this.socket, ...argv]);
  }

  /** Applies a resource tree. @throws LabError `lab.gateway` with every fault */
  async apply(tree: object): Promise<unknown> {
    return JSON.parse(await this.request('POST', '/apply', JSON.stringify(tree)));
  }

  /** What the daemon's `/status` says. */
  async status(): Promise<unknown> {
    return JSON.parse(await this.request('GET', '/status'));
  }

  /** Whether every member is healthy, or not checked at all. */
  async allHealthy(): Promise<boolean> {
    const { members } = JSON.parse(await this.request('GET', '/health/members')) as MembersAnswer;
    return members.every((member) => ['ONLINE', 'NO_MONITOR'].includes(member.operating_status));
  }

  /** One request over the Unix socket. Resolves to the body. @throws LabError `lab.gateway` for any status but 2xx */
  request(method: string, path: string, body = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const request = httpRequest({ socketPath: this.socket, method, path, headers }, async (response) => {
        const answer = await text(response).catch(() => '');
        if (response.statusCode && response.statusCode < 300) return resolve(answer);
        reject(labError('lab.gateway', `${method} ${path}: ${response.statusCode} ${answer}`));
      });
      request.once('error', reject);
      request.end(body);
    });
  }
}

/** The host file of the lab's gateway. Its name is the lab's, so that two labs pin in two places. */
export function hostFile(
  lab: Pick<Lab, 'plan' | 'runDirectory'>,
  socket: string,
  options: GatewayOptions = {},
): object {
  const { plan } = lab;
  return {
    gateway: {
      name: plan.prefix,
      interfaces: options.interfaces ?? plan.gatewayInterfaces,
      local_addresses: options.localAddresses ?? [plan.localAddresses],
      state_dir: join(lab.runDirectory, 'state'),
      sessions: options.sessions ?? 100_000,
    },
    // Loopback of a namespace: whoever gets there is root already.
    api: { socket, listen: `127.0.0.1:${GATEWAY_API_PORT}`, auth: 'none', ...options.api },
    ...(options.subnets ? { subnets: options.subnets } : {}),
    ...(options.loadbalancers ? { loadbalancers: options.loadbalancers } : {}),
    ...options.sections,
  };
}
