/**
 * `npm start`: brings up the lab, sends real traffic through the gateway, prints what happened, and stays until Ctrl-C.
 * Exit codes: 0 all right, 1 something failed, 2 wrong usage.
 */
import { parseArgs } from 'node:util';
import { HTTP_PORT } from './backends.js';
import { inNamespace } from './execute.js';
import { Lab } from './lab.js';
import { type Report, type ReportInput, renderReport } from './report.js';
import { API_PORT, setUp, UDP_PORT, type WorkingLab } from './setup.js';
import type { Topology } from './topology.js';
import { runTraffic } from './traffic.js';

const USAGE = `Usage: npm start -- [options]
  --exit              stop after the report; exit code 1 if anything failed
  --port PORT         of the API on 127.0.0.1 (default ${API_PORT})
  --topology KIND     two-armed (default) or one-armed
`;

const CONNECTIONS_PER_CLIENT = 20;
const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;

interface DemoOptions {
  exit: boolean;
  apiPort: number;
  topology: Topology;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) {
    process.stderr.write(USAGE);
    return 2;
  }
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  const lab = new Lab({ topology: options.topology });
  const demonstration = demonstrate(lab, options);
  try {
    const outcome = await Promise.race([demonstration, interrupted]);
    if (outcome === 'interrupted') return 130;
    if (options.exit) return outcome.passed ? 0 : 1;
    say('the lab stays up; Ctrl-C removes it');
    await interrupted;
    return outcome.passed ? 0 : 1;
  } catch (error) {
    process.stderr.write(`sluice: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    say('removing the lab');
    await lab.down();
    // After an interruption the steps under way fail, because what they use is gone.
    await demonstration.catch(() => undefined);
  }
}

function readOptions(): DemoOptions | undefined {
  try {
    const { values } = parseArgs({
      options: { exit: { type: 'boolean' }, port: { type: 'string' }, topology: { type: 'string' } },
    });
    const { exit = false, port = String(API_PORT), topology = 'two-armed' } = values;
    const apiPort = Number(port);
    if (!Number.isInteger(apiPort) || apiPort < 1 || apiPort > 65_535) return undefined;
    if (topology !== 'two-armed' && topology !== 'one-armed') return undefined;
    return { exit, apiPort, topology };
  } catch {
    return undefined;
  }
}

async function demonstrate(lab: Lab, { apiPort }: DemoOptions): Promise<Report> {
  const working = await setUp(lab, { apiPort, say });
  const { vip, backends } = working;
  const order = { address: vip, connections: CONNECTIONS_PER_CLIENT, concurrency: 5 };
  say(`sending ${CONNECTIONS_PER_CLIENT} connections from each client`);
  const tcp = await runTraffic(lab, { ...order, port: HTTP_PORT });
  const udp = await runTraffic(lab, { ...order, port: UDP_PORT, protocol: 'udp' });
  const report = renderReport({
    members: backends,
    tcp,
    udp,
    listener: `${vip}:${HTTP_PORT}`,
    commands: commandsToTry(working),
    colours,
  });
  process.stdout.write(`\n${report.text}\n`);
  return report;
}

function commandsToTry({ lab, gateway, vip, apiPort }: WorkingLab): ReportInput['commands'] {
  const sluice = (command: string) => `node dist/cli/main.js --socket ${gateway.socket} ${command}`;
  const on = (host: string, argv: string[]) => inNamespace(lab.host(host).namespace, argv).join(' ');
  const health = `http://127.0.0.1:${HTTP_PORT}/health`;
  return [
    { purpose: 'ask as a client: who answers, and whom it sees', command: on('client1', ['curl', `http://${vip}/`]) },
    { purpose: 'listeners, members and their health', command: sluice('status') },
    { purpose: 'both ends of every connection', command: sluice('sessions') },
    { purpose: 'connections and packets per second', command: sluice('top') },
    {
      purpose: 'make a member unhealthy (200 heals it)',
      command: on('backend1', ['curl', '-X', 'PUT', '-d', '503', health]),
    },
    { purpose: 'status page, also for a browser', command: `curl http://127.0.0.1:${apiPort}/` },
  ];
}

function say(line: string): void {
  process.stdout.write(colours ? `\x1b[36m›\x1b[0m ${line}\n` : `› ${line}\n`);
}

process.exitCode = await main();
