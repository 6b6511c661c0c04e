/**
 * What Sluice is measured against, on the same cables: plain kernel forwarding, nftables DNAT + SNAT, HAProxy in TCP mode.
 * Each one starts in the gateway namespace and leaves it as it was.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening } from './backends.js';
import type { Lab } from './lab.js';
import type { LabPlan } from './topology.js';
import { until } from './wait.js';

export interface Service {
  protocol: 'tcp' | 'udp';
  /** Port of the VIP. */
  port: number;
  /** Port of the members, which are all backends. */
  memberPort: number;
}

/** A contestant at work. */
export interface Contestant {
  name: string;
  /** Where clients send to: the first VIP, or the first backend for plain forwarding. Ports are those of the services. */
  address: string;
  /** Port that reaches a service there. */
  portOf(service: Service): number;
  stop(): Promise<void>;
}

const FORWARDING = { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.rp_filter': 0 };
const NO_FORWARDING = { 'net.ipv4.ip_forward': 0 };
const START_MS = 15_000;

/** Routes between clients and backends and nothing else: the upper bound for whatever rewrites packets in the kernel. Two-armed only. */
export async function startForwarding(lab: Lab): Promise<Contestant> {
  const { clients, backends } = lab.plan;
  const routes = (verb: 'add' | 'del') =>
    Promise.all([
      ...clients.map((host) => lab.ip(host.name, [`route ${verb} 198.19.0.0/16 via ${host.routes[0]!.via}`])),
      ...backends.map((host) => lab.ip(host.name, [`route ${verb} 198.18.0.0/16 via ${host.routes[0]!.via}`])),
    ]);
  await lab.setEndPrograms(false);
  await lab.set('gateway', FORWARDING);
  await routes('add');
  return {
    name: 'plain forwarding',
    address: backends[0]!.addresses[0]!,
    portOf: (service) => service.memberPort,
    stop: async () => {
      await routes('del');
      await lab.set('gateway', NO_FORWARDING);
      await lab.setEndPrograms(true);
    },
  };
}

/** Every new flow goes to the next backend, from one of the local addresses: what FullNAT does, with conntrack. */
export async function startNftables(lab: Lab, services: readonly Service[]): Promise<Contestant> {
  const release = await takeAddresses(lab);
  await lab.set('gateway', FORWARDING);
  await lab.runOrThrow('gateway', ['nft', '-f', '-'], { input: nftablesRules(lab.plan, services) });
  return {
    name: 'nftables',
    address: lab.plan.vips[0]!,
    portOf: (service) => service.port,
    stop: async () => {
      await lab.runOrThrow('gateway', ['nft', 'delete', 'table', 'ip', 'contestant']);
      await lab.set('gateway', NO_FORWARDING);
      await release();
    },
  };
}

/** A full proxy at layer 4. UDP services are left out: it has none. @param threads Default: one per CPU. */
export async function startHaproxy(lab: Lab, services: readonly Service[], threads?: number): Promise<Contestant> {
  const vip = lab.plan.vips[0]!;
  const tcp = services.filter((service) => service.protocol === 'tcp');
  const release = await takeAddresses(lab);
  const config = join(lab.runDirectory, 'haproxy.cfg');
  writeFileSync(config, haproxyConfig(lab.plan, tcp, threads));
  const program = await lab.spawn('gateway', ['haproxy', '-db', '-f', config], { name: 'haproxy' });
  const listening = async () => {
    program.requireRunning();
    return isListening(lab, 'gateway', tcp[0]!.port);
  };
  await until(listening, START_MS, 'HAProxy to open its ports');
  return {
    name: 'HAProxy TCP',
    address: vip,
    portOf: (service) => service.port,
    stop: async () => {
      await program.stop();
      await release();
    },
  };
}

export function nftablesRules(plan: LabPlan, services: readonly Service[]): string {
  const members = plan.backends.map((host, index) => `${index} : ${host.addresses[0]}`).join(', ');
  const locals = `${plan.locals[0]}-${plan.locals.at(-1)}`;
  const chosen = `numgen inc mod ${plan.backends.length} map { ${members} }`;
  const dnat = services.map(
    ({ protocol, port, memberPort }) =>
      `ip daddr ${plan.vips[0]} ${protocol} dport ${port} dnat to ${chosen} : ${memberPort}`,
  );
  const snat = plan.backends.map((host) => `ip daddr ${host.addresses[0]} snat to ${locals}`);
  const chain = (name: string, type: string, rules: string[]) => [`chain ${name} {`, `${type};`, ...rules, '}'];
  return [
    'table ip contestant {',
    ...chain('choose', 'type nat hook prerouting priority dstnat', dnat),
    // Health checks and other connections of the gateway itself keep their address.
    ...chain('hide', 'type nat hook postrouting priority srcnat', ['fib saddr type local return', ...snat]),
    '}',
    '',
  ].join('\n');
}

export function haproxyConfig(plan: LabPlan, services: readonly Service[], threads?: number): string {
  const lines = ['global'];
  if (threads !== undefined) lines.push(`  nbthread ${threads}`);
  lines.push('defaults', '  mode tcp', '  timeout connect 5s', '  timeout client 900s', '  timeout server 900s');
  for (const { port, memberPort } of services) {
    lines.push(`listen port-${port}`, `  bind ${plan.vips[0]}:${port} backlog 16384`, '  balance roundrobin');
    for (const host of plan.backends) lines.push(`  server ${host.name} ${host.addresses[0]}:${memberPort}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Prepares the lab for a contestant in the kernel. Resolves to what undoes it. VIPs and local addresses must be the kernel's
 * for it to answer for them: in the one-armed lab nobody has them until a contestant comes.
 */
async function takeAddresses(lab: Lab): Promise<() => Promise<void>> {
  const assigned = new Set(lab.plan.gateway.loopback.map((address) => address.split('/')[0]));
  const missing = [lab.plan.vips[0]!, ...lab.plan.locals].filter((address) => !assigned.has(address));
  const change = (verb: 'add' | 'del') =>
    lab.ip(
      'gateway',
      missing.map((address) => `addr ${verb} ${address}/32 dev lo`),
    );
  await lab.setEndPrograms(false);
  await change('add');
  return async () => {
    await change('del');
    await lab.setEndPrograms(true);
  };
}
