/** A worker that finishes its connections after a reload: asked until its last one ended, then let go. */
import type { Cli } from '../engine/cli-connection.js';
import { parseInfo } from './process-stats.js';
import { parseStat, type StatRow } from './stat-rows.js';

/** Its listener towards the master and our connection are what is left when a worker has nothing more to do. */
const OWN_JOBS = 1;

export interface WorkerRef {
  pid: number;
  /** `PID:START` */
  id: string;
  cli: Cli;
}

export class FinishingWorker {
  rows: readonly StatRow[] = [];

  constructor(
    readonly worker: WorkerRef,
    /** Whether our connection keeps it alive; otherwise it ends without asking us. */
    readonly held: boolean,
  ) {}

  /** Reads its counters. @throws Error when it is gone */
  async read(): Promise<readonly StatRow[]> {
    const [answer] = await this.worker.cli.ask(['show stat']);
    this.rows = parseStat(answer!);
    return this.rows;
  }

  /** Whether only our own connection keeps it. @throws Error when it is gone */
  async isDone(): Promise<boolean> {
    const [answer] = await this.worker.cli.ask(['show info']);
    const info = parseInfo(answer!);
    const jobs = Number(info.get('Jobs')) - Number(info.get('Unstoppable Jobs'));
    return info.get('Stopping') === '1' && jobs <= OWN_JOBS;
  }

  /** Lets it end. */
  release(): void {
    this.worker.cli.close();
  }
}
