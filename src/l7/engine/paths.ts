/** The run directory: everything that one HAProxy needs and leaves behind, below a directory that only root may enter. */
import { join } from 'node:path';

/** Stands for the run directory in every text of a ProxyConfig. */
const RUN = '{{RUN}}';

export interface ProxyPaths {
  run: string;
  /** What HAProxy reads at its start. */
  config: string;
  /** Command socket of the master: processes and reloads. */
  master: string;
  /** Command socket of the worker, level admin. */
  control: string;
  /** The master's process id. */
  pid: string;
  /** Standard output and error of HAProxy. */
  log: string;
  /** There while what is on disk is what runs. */
  marker: string;
  /** Counters that continue over reloads and restarts. */
  totals: string;
  /** Keys of TLS session tickets. */
  tickets: string;
  /** Root directory of the workers. */
  jail: string;
}

export function proxyPaths(run: string): ProxyPaths {
  return {
    run,
    config: join(run, 'haproxy.cfg'),
    master: join(run, 'master.sock'),
    control: join(run, 'haproxy.sock'),
    pid: join(run, 'haproxy.pid'),
    log: join(run, 'haproxy.log'),
    marker: join(run, 'applied'),
    totals: join(run, 'totals.json'),
    tickets: join(run, 'tickets.keys'),
    jail: join(run, 'jail'),
  };
}

/** The text with the run directory put in. */
export function withRun(text: string, run: string): string {
  return text.replaceAll(RUN, run);
}

/** The reverse of {@link withRun}. */
export function withoutRun(text: string, run: string): string {
  return text.replaceAll(run, RUN);
}
