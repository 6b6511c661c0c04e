/** Logs: JSON lines for machines, short lines for a person at a terminal. Both to stderr. */
import { type Logger, pino, stdTimeFunctions } from 'pino';

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'stack', 'v']);

/** The daemon's log. @param level least level that is written; default: $SLUICE_LOG_LEVEL, else info */
export function createLog(level: string = process.env.SLUICE_LOG_LEVEL ?? 'info'): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (!process.stderr.isTTY) {
    return pino(options, process.stderr);
  }
  return pino(options, { write: (line: string) => process.stderr.write(`${shortLine(line)}\n`) });
}

/** `12:00:01 info  attached  interface=eth0 mode=native`. */
export function shortLine(json: string): string {
  const record = JSON.parse(json) as Record<string, unknown> & { level: number; time: string; msg?: string };
  const clock = record.time.slice(11, 19);
  const level = (LEVELS[record.level] ?? String(record.level)).padEnd(5);
  const fields = Object.entries(record)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${fieldText(value)}`);
  return [`${clock} ${level} ${record.msg ?? ''}`, ...fields].join('  ').trimEnd();
}

function fieldText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) {
    return String(value.message);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
