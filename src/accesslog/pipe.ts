/** The pipe between HAProxy and the daemon. It outlives both: lines wait in it while the daemon is restarted. */
import { constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { makeLogPipe } from '../datapath/access-log.js';

/** Where it is in a run directory. It must not be removed while a HAProxy that was started with it runs. */
export function logPipePath(runDirectory: string): string {
  return join(runDirectory, 'access-log.pipe');
}

/**
 * What HAProxy's master is started with as descriptor {@link LOG_DESCRIPTOR}; it keeps it over every reload. The pipe is made where
 * there is none. Nobody ever waits for it: what finds no room is dropped and counted by HAProxy (`DroppedLogs`).
 * @returns a descriptor that the caller closes once HAProxy has its own
 * @throws NativeError `EINVAL`: something else than a pipe is there
 */
export function openLogPipe(runDirectory: string): number {
  const path = logPipePath(runDirectory);
  makeLogPipe(path);
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}
