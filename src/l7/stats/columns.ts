/** The columns of `show stat` that are read. Counters only grow while a worker lives; gauges are of the moment. */

export const COUNTERS = [
  'stot',
  'bin',
  'bout',
  'dreq',
  'dresp',
  'ereq',
  'econ',
  'eresp',
  'wretr',
  'wredis',
  'hrsp_1xx',
  'hrsp_2xx',
  'hrsp_3xx',
  'hrsp_4xx',
  'hrsp_5xx',
  'hrsp_other',
  'req_tot',
  'cli_abrt',
  'srv_abrt',
  'comp_in',
  'comp_out',
  'conn_tot',
  'intercepted',
  'dcon',
  'dses',
  'connect',
  'reuse',
  'ssl_sess',
  'ssl_reused_sess',
  'ssl_failed_handshake',
] as const;

export const GAUGES = [
  'scur',
  'qcur',
  'rate',
  'req_rate',
  'conn_rate',
  'weight',
  'qtime',
  'ctime',
  'rtime',
  'ttime',
] as const;

export type Counter = (typeof COUNTERS)[number];
export type Gauge = (typeof GAUGES)[number];

/** Values in the order of {@link COUNTERS}, and of {@link GAUGES}. */
export type Counters = Float64Array;
export type Gauges = Float64Array;

/** Where each counter, and each gauge, stands. */
export const AT = Object.fromEntries(
  [...COUNTERS.entries(), ...GAUGES.entries()].map(([at, name]) => [name, at]),
) as Record<Counter | Gauge, number>;
