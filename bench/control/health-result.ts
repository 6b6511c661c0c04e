/** What the health worker is told and what it returns. */
export interface HealthOrder {
  rows: HealthRow[];
  /** Address of the first member; the others follow. */
  firstAddress: string;
  intervalMs: number;
  /** Length of each measurement, after one interval in which everybody has had a first check. */
  seconds: number;
}

export interface HealthRow {
  name: string;
  members: number;
  port: number;
  request: 'tcp' | 'http' | 'https' | 'tls-hello' | 'ping' | 'udp';
}

export interface HealthFigure {
  name: string;
  members: number;
  /** Checks that ended, per second. */
  rate: number;
  /** CPU time of the process, in CPUs. */
  cpus: number;
  /** Part of that on the daemon's main thread. */
  mainThread: number;
  /** CPU time per check, µs. */
  microseconds: number;
  /** From the packet that answers a probe to the verdict on its member, 99th percentile, ms. HTTPS: not known. */
  delivery?: number | undefined;
  /** Time between two checks of a member: distance from the interval, 99th percentile, ms. */
  lateness: number;
  /** Checks begun in the fullest tenth of a second as a multiple of the mean. */
  peak: number;
  /** Checks that did not find the member well. */
  failed: number;
}
