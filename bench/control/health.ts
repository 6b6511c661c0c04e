/** Health checks of ten thousand members at five-second intervals: what they cost, and how even they are. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening, nginxFile } from '#sluice/lab/backends.js';
import { Lab } from '#sluice/lab/lab.js';
import { until } from '#sluice/lab/wait.js';
import { PREFIXES } from '../names.js';
import type { Progress } from '../progress.js';
import type { Table, Target } from '../report.js';
import { runWorker } from '../worker.js';
import type { HealthFigure, HealthOrder, HealthRow } from './health-result.js';

const MEMBERS = 10_000;
/** More handshakes than these would fill the machine at the members' end, which shares it. */
const TLS_MEMBERS = 1_000;
const INTERVAL_MS = 5_000;
const HALF_A_CPU = 0.5;
/** From the deciding probe to the data plane; what is measured here is the first part of that. */
const VISIBLE_MS = 100;

/** All members' addresses lead to one backend, which answers on each of them. */
const NETWORK = '198.19.64.0/18';
const FIRST_MEMBER = '198.19.64.1';
const HTTP_PORT = 8080;
const HTTPS_PORT = 8443;
const UDP_PORT = 8053;
const START_MS = 30_000;

const ROWS: readonly HealthRow[] = [
  { name: 'TCP', members: MEMBERS, port: HTTP_PORT, request: 'tcp' },
  { name: 'HTTP', members: MEMBERS, port: HTTP_PORT, request: 'http' },
  { name: 'PING', members: MEMBERS, port: 1, request: 'ping' },
  { name: 'UDP-CONNECT', members: MEMBERS, port: UDP_PORT, request: 'udp' },
  { name: 'TLS-HELLO', members: TLS_MEMBERS, port: HTTPS_PORT, request: 'tls-hello' },
  { name: 'HTTPS', members: TLS_MEMBERS, port: HTTPS_PORT, request: 'https' },
];

export interface HealthOptions {
  /** Of each measurement, which begins 13 s after its checks. */
  seconds: number;
  /** Types of check, the most common first; 1..6. */
  types: number;
}

export async function benchHealth({ seconds, types }: HealthOptions, progress: Progress): Promise<Table[]> {
  const lab = new Lab({ prefix: PREFIXES.control, clients: 1, backends: 1, resolveNeighbours: true });
  try {
    await lab.up();
    const [backend] = lab.plan.backends;
    await lab.ip('gateway', [`route add ${NETWORK} via ${backend!.addresses[0]}`]);
    await lab.ip('backend1', [`route add local ${NETWORK} dev lo`]);
    await startMembers(lab);
    const rows = ROWS.slice(0, types);
    const order: HealthOrder = { rows, firstAddress: FIRST_MEMBER, intervalMs: INTERVAL_MS, seconds };
    const worker = { host: 'gateway', script: 'control/health-worker.js' };
    return [tableOf(await runWorker<HealthFigure[]>(lab, worker, order, progress))];
  } finally {
    await lab.down();
  }
}

/** nginx for HTTP and HTTPS, and a UDP server that says nothing. */
async function startMembers(lab: Lab): Promise<void> {
  const directory = join(lab.runDirectory, 'members');
  mkdirSync(directory, { recursive: true });
  const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  await lab.runOrThrow('backend1', [
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-subj', '/CN=member.example', '-out', files.cert, '-keyout', files.key],
  ]);
  const config = join(directory, 'nginx.conf');
  writeFileSync(config, nginxConfig(directory, files));
  await lab.spawn('backend1', ['nginx', '-p', directory, '-c', config]);
  const silent = `require('node:dgram').createSocket('udp4').bind(${UDP_PORT})`;
  await lab.spawn('backend1', [process.execPath, '-e', silent]);
  await until(() => isListening(lab, 'backend1', HTTPS_PORT), START_MS, `nginx to open port ${HTTPS_PORT}`);
}

function nginxConfig(directory: string, files: { cert: string; key: string }): string {
  return nginxFile(
    { workers: 1, directory, level: 'error' },
    `  server {
    listen ${HTTP_PORT} backlog=8192;
    listen ${HTTPS_PORT} ssl backlog=8192;
    ssl_certificate ${files.cert};
    ssl_certificate_key ${files.key};
    location / { return 200 'fine'; }
  }`,
  );
}

function tableOf(figures: readonly HealthFigure[]): Table {
  return {
    title: 'Health checks',
    meaning: `CPUs of the process that checks every member each ${INTERVAL_MS / 1000} s, and how even that is; 99th percentiles in ms.`,
    columns: [
      'type',
      'members',
      'checks/s',
      'CPUs',
      'main thread',
      'CPU µs each',
      'answer to verdict',
      'off the interval',
      'fullest 0.1 s',
      'failed',
    ],
    rows: figures.map((figure) => [
      figure.name,
      figure.members,
      figure.rate,
      figure.cpus,
      figure.mainThread,
      figure.microseconds,
      figure.delivery,
      figure.lateness,
      `${figure.peak.toFixed(2)} × mean`,
      figure.failed,
    ]),
    targets: figures.filter(({ members }) => members === MEMBERS).flatMap(targetsOf),
    notes: [
      "CPU time includes what the members' kernel does with each packet: over veth that runs in the sender's system call.",
      "TLS-HELLO and HTTPS have fewer members: more handshakes would fill the machine at the members' end. HTTPS runs on a thread of its own.",
    ],
  };
}

function targetsOf({ name, members, cpus, delivery, failed }: HealthFigure): Target[] {
  const what = `${members.toLocaleString('en-US')} ${name} checks each ${INTERVAL_MS / 1000} s`;
  return [
    { what: `${what}, CPUs`, value: cpus, bound: HALF_A_CPU, kind: 'most', unit: '' },
    { what: `${what}, from the answer to the verdict`, value: delivery!, bound: VISIBLE_MS, kind: 'most', unit: ' ms' },
    { what: `${what}, members taken for unhealthy`, value: failed, bound: 0, kind: 'most', unit: '' },
  ];
}
