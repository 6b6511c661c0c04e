import { describe, expect, it } from 'vitest';
import { AT } from './columns.js';
import { parseStat } from './stat-rows.js';

const CSV = `# pxname,svname,qcur,scur,stot,bin,status,weight,desc,hrsp_2xx,rtime,mode,ssl_sess,
l_1,FRONTEND,,3,20,1520,OPEN,,,20,,http,7,
p_1,127.0.0.1:8001,0,1,5,10,no check,50,"a, ""b"", c",4,12,http,,
p_1,BACKEND,2,1,5,9007199254740991,UP,50,,4,12,http,,

`;

describe('statistics as CSV', () => {
  it('are rows of what was asked for, with texts in quotes passed over', () => {
    const rows = parseStat(CSV);
    expect(rows.map(({ kind, proxy, server, status }) => [kind, proxy, server, status])).toEqual([
      ['frontend', 'l_1', '', 'OPEN'],
      ['server', 'p_1', '127.0.0.1:8001', 'no check'],
      ['backend', 'p_1', '', 'UP'],
    ]);
    expect(rows.map(({ counters }) => counters[AT.hrsp_2xx])).toEqual([20, 4, 4]);
    expect(rows.map(({ counters }) => counters[AT.ssl_sess])).toEqual([7, 0, 0]);
    expect(rows.map(({ counters }) => counters[AT.bin])).toEqual([1520, 10, Number.MAX_SAFE_INTEGER]);
    expect(rows.map(({ gauges }) => [gauges[AT.scur], gauges[AT.rtime]])).toEqual([
      [3, 0],
      [1, 12],
      [1, 12],
    ]);
  });

  it('without any proxy are no rows', () => {
    expect(parseStat('# pxname,svname,qcur,\n\n')).toEqual([]);
  });

  it('are not what an error says', () => {
    expect(() => parseStat('Permission denied\n')).toThrow('no statistics');
  });
});
