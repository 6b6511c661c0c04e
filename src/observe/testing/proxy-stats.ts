/** What HAProxy's statistics become, without a HAProxy. */
import { COUNTERS, type Counter, GAUGES, type Gauge } from '../../l7/stats/columns.js';
import { snapshot } from '../../l7/stats/snapshot.js';
import { parseStat } from '../../l7/stats/stat-rows.js';
import { Totals } from '../../l7/stats/totals.js';
import type { ProxyStats } from '../../l7/stats/types.js';

const COLUMNS = [...COUNTERS, ...GAUGES];
const PROCESS: ProxyStats['process'] = {
  pid: 1,
  version: '2.6.12',
  uptime: 0,
  old_workers: 0,
  connections: 0,
  max_connections: 0,
  memory: 0,
  dropped_logs: 0,
  tls_handshakes_per_second: 0,
  tls_key_exchanges_per_second: 0,
  idle_percent: 100,
};

/** @param rows `l_1,FRONTEND`, `p_1,BACKEND` or `p_1,10.0.0.1:80` to HAProxy's columns; those that are left out are 0 */
export function statsOf(rows: Record<string, Partial<Record<Counter | Gauge, number>>>): ProxyStats {
  const lines = Object.entries(rows).map(([name, row]) =>
    [name, ...COLUMNS.map((column) => row[column] ?? 0)].join(','),
  );
  const parsed = parseStat([['# pxname,svname', ...COLUMNS].join(','), ...lines, ''].join('\n'));
  const totals = new Totals();
  totals.take('1:1', parsed);
  return { at: 0, process: PROCESS, ...snapshot(totals, parsed, []) };
}
