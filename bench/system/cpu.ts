/** CPU time of the whole machine. */
import { readFileSync } from 'node:fs';

/** Ticks of /proc/stat per second. */
const TICKS = 100;

/** Seconds all CPUs together have been busy since boot: everything but idle and waiting for disks. */
export function busySeconds(): number {
  return parseBusy(readFileSync('/proc/stat', 'utf8'));
}

/** The same of the text of /proc/stat. */
export function parseBusy(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}
