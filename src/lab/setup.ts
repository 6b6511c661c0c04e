/** The whole lab at work, as `npm start` and `sluice lab up` want it: backends, receiver, daemon, load balancer, API. */
import { join } from 'node:path';
import { ECHO_PORT, HTTP_PORT, type RunningBackend, startBackends } from './backends.js';
import { labError } from './errors.js';
import { GATEWAY_API_PORT, Gateway } from './gateway.js';
import type { Lab } from './lab.js';
import { builtScript } from './paths.js';
import type { Place } from './proxy.js';
import { attachReceiver } from './receiver.js';
import type { LabPlan } from './topology.js';
import { runTraffic } from './traffic.js';
import { until } from './wait.js';

/** The port of the UDP listener; its members echo. */
export const UDP_PORT = 7;
export const API_PORT = 9876;

export interface WorkingLab {
  lab: Lab;
  gateway: Gateway;
  backends: RunningBackend[];
  /** What clients connect to. */
  vip: string;
  apiPort: number;
}

export interface SetupOptions {
  /** On 127.0.0.1 of the machine. Default 9876. */
  apiPort?: number;
  /** Gets a line for each step. */
  say?: (line: string) => void;
}

const HEALTHY_MS = 60_000;

/** Brings a new lab to the point where clients reach all backends. The caller brings it down, also after an error. */
export async function setUp(
  lab: Lab,
  { apiPort = API_PORT, say = () => undefined }: SetupOptions = {},
): Promise<WorkingLab> {
  const { plan } = lab;
  say(`making ${plan.clients.length} clients, a gateway and ${plan.backends.length} backends as network namespaces`);
  await lab.up();
  say('starting a web and echo server on each backend');
  const backends = await startBackends(lab);
  say('attaching the receiver, so that backends see their clients');
  await attachReceiver(lab);
  say('starting the Sluice daemon on the gateway');
  const gateway = new Gateway(lab, { subnets: [vipSubnet(plan)] });
  await gateway.start();
  await openApi(lab, apiPort);
  say('applying a load balancer with a TCP and a UDP listener');
  await gateway.apply(demoTree(plan));
  const vip = plan.vips[0]!;
  say('waiting until the health checks have passed and clients reach every backend');
  await until(() => gateway.allHealthy(), HEALTHY_MS, 'all members to be healthy');
  await waitForMembers(lab, vip);
  return { lab, gateway, backends, vip, apiPort };
}

/** What the lab has for VIPs, for clients that name a subnet: the `openstack` client makes no load balancer without. */
function vipSubnet({ vips }: LabPlan): object {
  const cidr = vips[0]!.replace(/\.\d+$/, '.0/24');
  return { name: 'vips', cidr, allocation_pools: [`${vips[0]}-${vips.at(-1)}`] };
}

/** A load balancer in the form `apply` takes: HTTP over TCP, checked every second, and UDP. */
export function demoTree(plan: LabPlan): object {
  const members = (port: number) =>
    plan.backends.map(({ name, addresses }) => ({ name, address: addresses[0], protocol_port: port }));
  const healthmonitor = {
    type: 'HTTP',
    delay: 1,
    timeout: 1,
    max_retries: 1,
    max_retries_down: 2,
    url_path: '/health',
  };
  const pool = { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members: members(HTTP_PORT), healthmonitor };
  const echo = { protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: members(ECHO_PORT) };
  return {
    loadbalancers: [
      {
        name: 'demo',
        vip_address: plan.vips[0],
        listeners: [
          { name: 'web', protocol: 'TCP', protocol_port: HTTP_PORT, default_pool: { name: 'web', ...pool } },
          { name: 'echo', protocol: 'UDP', protocol_port: UDP_PORT, default_pool: { name: 'echo', ...echo } },
        ],
      },
    ],
  };
}

/** What is healthy takes part a moment later: once a few connections have reached every backend and none has failed. */
async function waitForMembers(lab: Lab, vip: string): Promise<void> {
  const { backends } = lab.plan;
  const order = { address: vip, port: HTTP_PORT, connections: 2 * backends.length, timeoutMs: 2000 };
  let last = '';
  const allAnswer = async () => {
    const { failed, errors, backends: answered } = await runTraffic(lab, order, ['client1']);
    last = JSON.stringify({ answered, errors });
    return failed === 0 && Object.keys(answered).length === backends.length;
  };
  await until(allAnswer, HEALTHY_MS, () => `all backends to answer through the gateway, the last try gave ${last}`);
}

/** Makes the daemon's API, which is on the loopback of its namespace, answer on the loopback of the machine. */
async function openApi(lab: Lab, port: number): Promise<void> {
  const between = { path: join(lab.runDirectory, 'api.sock') };
  const proxy = (from: Place, to: Place) => [
    process.execPath,
    builtScript('lab/proxy.js'),
    JSON.stringify({ from, to }),
  ];
  const inside = await lab.spawn('gateway', proxy(between, { port: GATEWAY_API_PORT }), { name: 'api-inside' });
  const outside = await lab.spawnOutside(proxy({ port }, between), { name: 'api' });
  const ready = () => {
    if (outside.log().includes('EADDRINUSE')) {
      throw labError('lab.busy', `port ${port} of 127.0.0.1 is in use: end what listens there or choose another port`);
    }
    return [inside, outside].every((each) => {
      each.requireRunning();
      return each.log().includes('ready');
    });
  };
  await until(ready, HEALTHY_MS, 'the API port to open');
}
