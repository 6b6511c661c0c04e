/**
 * Every contestant in a lab of its own, all of them up at the same time, so that rounds can take turns between them. All have one client,
 * one backend, as many threads as there are CPUs, and the same addresses.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening } from '#sluice/lab/backends.js';
import { Lab } from '#sluice/lab/lab.js';
import { builtFile } from '#sluice/lab/paths.js';
import { until } from '#sluice/lab/wait.js';
import { PREFIXES } from '../names.js';
import { THREADS } from '../system/programs.js';
import { makeCertificate } from './certificates.js';
import { fill } from './files.js';
import { policies } from './policies.js';
import { favour } from './priority.js';
import { type SluiceSubject, startSluice } from './sluice.js';

export const NAMES = ['haproxy', 'xdp', 'nginx', 'sluice'] as const;
export type ArenaName = (typeof NAMES)[number];

export const LABELS: Readonly<Record<ArenaName, string>> = {
  haproxy: 'HAProxy',
  xdp: 'HAProxy, XDP',
  nginx: 'nginx',
  sluice: 'Sluice',
};

/** Ports of the contestants, see `contestants/`. */
export const PORTS = { plain: 80, logged: 81, policies: 82, ecdsa: 443, rsa: 444 } as const;

export const POLICIES = 10_000;

const BACKEND_PORTS = [8080, 8081];
const START_MS = 30_000;

export interface Arena {
  name: ArenaName;
  lab: Lab;
  /** Of the contestant. */
  address: string;
}

export class Arenas {
  readonly #labs: Lab[] = [];
  readonly #arenas: Arena[] = [];
  /** Present once Sluice is among the contestants. */
  sluice: SluiceSubject | undefined;

  /** @throws LabError, SluiceError; close() removes what is there then */
  async open(names: readonly ArenaName[]): Promise<void> {
    for (const name of names) {
      const lab = new Lab({ clients: 1, backends: 1, resolveNeighbours: true, prefix: PREFIXES[`l7-${name}`] });
      this.#labs.push(lab);
      await lab.up();
      await prepare(lab);
      if (name === 'sluice') this.sluice = await startSluice(lab);
      else await STARTERS[name](lab);
      favour(lab);
      this.#arenas.push({ name, lab, address: lab.plan.vips[0]! });
    }
  }

  get all(): readonly Arena[] {
    return this.#arenas;
  }

  async close(): Promise<void> {
    for (const lab of this.#labs) await lab.down();
  }
}

/** CPU time that the programs of the gateway have used so far, s. */
export function gatewaySeconds(lab: Lab): number {
  const match = /^usage_usec (\d+)$/m.exec(readFileSync(join(lab.cgroup('gateway'), 'cpu.stat'), 'utf8'));
  if (!match) throw new Error('the cgroup of the gateway does not count CPU time');
  return Number(match[1]) / 1e6;
}

/** The same for all: certificates and backends; what connects them passes frames without a program. */
async function prepare(lab: Lab): Promise<void> {
  await lab.setEndPrograms(false);
  await lab.set('gateway', { 'net.core.somaxconn': 16384, 'net.ipv4.ip_local_port_range': '1024 65535' });
  for (const kind of ['ecdsa', 'rsa'] as const) {
    const { certificate, key } = makeCertificate(lab.runDirectory, kind);
    writeFileSync(join(lab.runDirectory, `${kind}.pem`), certificate + key);
  }
  const config = join(lab.runDirectory, 'backend.conf');
  fill('backend.conf', config, { DIRECTORY: lab.runDirectory });
  await start(lab, 'backend1', ['nginx', '-p', lab.runDirectory, '-c', config], BACKEND_PORTS);
}

const STARTERS: Readonly<Record<Exclude<ArenaName, 'sluice'>, (lab: Lab) => Promise<void>>> = {
  haproxy: startHaproxy,
  xdp: async (lab) => {
    await startHaproxy(lab);
    await passThroughXdp(lab);
  },
  nginx: async (lab) => {
    const config = join(lab.runDirectory, 'nginx.conf');
    fill('nginx.conf', config, words(lab));
    await start(lab, 'gateway', ['nginx', '-p', lab.runDirectory, '-c', config], [80, 81, 443, 444]);
  },
};

async function startHaproxy(lab: Lab): Promise<void> {
  const config = join(lab.runDirectory, 'haproxy.cfg');
  fill('haproxy.cfg', config, words(lab));
  const lines = policies(POLICIES).map(({ host, path, exact, pool }) => `${host}${path}${exact ? '?' : ''} ${pool}\n`);
  writeFileSync(join(lab.runDirectory, 'policies.map'), lines.join(''));
  await start(lab, 'gateway', ['haproxy', '-db', '-f', config], Object.values(PORTS));
}

/** The gateway's own interfaces get a program that passes every frame: what it costs that frames come through XDP at all. */
async function passThroughXdp(lab: Lab): Promise<void> {
  const object = builtFile('ends.bpf.o');
  await lab.ip(
    'gateway',
    lab.plan.gatewayInterfaces.map((name) => `link set dev ${name} xdp obj ${object} sec xdp`),
  );
}

function words(lab: Lab): Record<string, string | number> {
  const { vips, backends } = lab.plan;
  return { VIP: vips[0]!, BACKEND: backends[0]!.addresses[0]!, DIRECTORY: lab.runDirectory, THREADS };
}

async function start(lab: Lab, host: string, argv: readonly string[], ports: readonly number[]): Promise<void> {
  const program = await lab.spawn(host, argv, { name: `${host}-${argv[0]}` });
  const listening = async () => {
    program.requireRunning();
    const open = await Promise.all(ports.map((port) => isListening(lab, host, port)));
    return open.every(Boolean);
  };
  await until(listening, START_MS, `${argv[0]} on ${host} to open its ports`);
}
