/** Every way the lab fails. Stable: scripts and tests match on them. */
export type LabErrorCode =
  | 'lab.option' /* an option is out of range */
  | 'lab.root' /* needs root */
  | 'lab.busy' /* somebody uses this prefix, or a port of the machine */
  | 'lab.down' /* the lab is not up */
  | 'lab.tool' /* a program is not installed */
  | 'lab.build' /* a part of the package is not built */
  | 'lab.cgroup' /* no cgroup v2 */
  | 'lab.command' /* a program failed */
  | 'lab.gateway' /* the daemon refused something */
  | 'lab.traffic' /* a traffic client crashed or ended early */
  | 'lab.timeout'; /* a condition did not come true in time */

/** What the lab refuses or could not do; `message` says what to do about it. */
export class LabError extends Error {
  constructor(
    readonly code: LabErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'LabError';
  }
}

export function labError(code: LabErrorCode, message: string, cause?: unknown): LabError {
  return new LabError(code, message, cause === undefined ? undefined : { cause });
}
