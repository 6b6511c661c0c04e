/** `sluice serve` and `sluice detach`: the daemon's process, and the way back to a host without Sluice. */
import type { Logger } from 'pino';
import { type HostConfig, loadHostFile } from '../config/host-file.js';
import { detachGateway, XdpDatapath } from '../datapath/gateway.js';
import { checkHost, hostFacts } from '../datapath/preflight.js';
import { probePort } from '../datapath/probe.js';
import { ProxyEngine } from '../l7/engine/index.js';
import { formatFault } from '../model/errors.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { HaproxyLayer7 } from './layer7.js';
import { refuseSecondDaemon } from './listen.js';
import { createLog } from './log.js';
import { Sluice } from './sluice.js';
import { packageVersion } from './version.js';

export interface ServeOptions {
  /** Path of the host file. */
  config: string;
  discardSessions: boolean;
}

/**
 * Runs the daemon until SIGTERM or SIGINT.
 * @throws SluiceError when it cannot start; what was running goes on
 */
export async function serve({ config: path, discardSessions }: ServeOptions): Promise<void> {
  const log = createLog();
  const config = await loadHostFile(path);
  for (const warning of config.warnings) {
    log.warn({ file: path }, formatFault(warning));
  }
  const store = new SqliteStore(config.gateway.state_dir);
  const parts = { config, version: await packageVersion(), connect: probePort, store, log };
  const sluice = new Sluice({
    ...parts,
    datapath: createDatapath(config, discardSessions, log),
    layer7: (wiring) => new HaproxyLayer7({ ...wiring, config, log }),
  });
  // Before start: a signal meanwhile must not leave half of it behind.
  const signal = nextSignal(['SIGTERM', 'SIGINT']);
  await sluice.start();
  log.info({ signal: await signal }, 'stopping; the data plane goes on without the daemon');
  await sluice.stop();
}

/**
 * Takes the gateway off its interfaces, with all sessions, ends HAProxy, and puts kernel parameters back.
 * @returns names of the interfaces
 * @throws SluiceError `already_running` while a daemon serves the gateway
 */
export async function detach(path: string): Promise<string[]> {
  const config = await loadHostFile(path);
  await refuseSecondDaemon(config.api.socket);
  await ProxyEngine.detach(config.proxy.run_dir);
  return await detachGateway(config.gateway.name, config.gateway.state_dir, createLog());
}

function createDatapath({ gateway }: HostConfig, discardSessions: boolean, log: Logger): XdpDatapath | undefined {
  if (gateway.dataplane === 'none') {
    return undefined;
  }
  // First of all: without root the state directory and the socket would fail, and say less about why.
  checkHost(hostFacts());
  const { name, interfaces, sessions, state_dir: stateDirectory } = gateway;
  return new XdpDatapath({ name, interfaces, sessions, stateDirectory, discardSessions }, log);
}

function nextSignal(names: NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of names) {
      process.once(name, () => resolve(name));
    }
  });
}
