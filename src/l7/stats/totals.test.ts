import { describe, expect, it } from 'vitest';
import { AT, type Counter } from './columns.js';
import { snapshot } from './snapshot.js';
import type { StatRow } from './stat-rows.js';
import { parseStat } from './stat-rows.js';
import { Totals } from './totals.js';

function row(name: string, requests: number): StatRow {
  return parseStat(`# pxname,svname,scur,stot,req_tot,\n${name},FRONTEND,1,${requests},${requests},\n`)[0]!;
}

const requests = (totals: Totals, name: string, what: Counter = 'req_tot') => totals.of(`frontend ${name} `)[AT[what]];

describe('totals', () => {
  it('grow by what a worker has counted since it was asked last', () => {
    const totals = new Totals();
    totals.take('1:1', [row('l_1', 10)]);
    totals.take('1:1', [row('l_1', 15)]);
    expect(requests(totals, 'l_1')).toBe(15);
  });

  it('continue when another worker counts from zero, and the one before goes on', () => {
    const totals = new Totals();
    totals.take('1:1', [row('l_1', 10)]);
    totals.take('2:7', [row('l_1', 3)]);
    totals.take('1:1', [row('l_1', 12)]);
    totals.take('2:7', [row('l_1', 4)]);
    expect(requests(totals, 'l_1')).toBe(16);
  });

  it('continue when an object is made anew under its name', () => {
    const totals = new Totals();
    totals.take('1:1', [row('l_1', 10)]);
    totals.take('1:1', [row('l_1', 2)]);
    expect(requests(totals, 'l_1')).toBe(12);
  });

  it('are forgotten when no worker has the object any more', () => {
    const totals = new Totals();
    totals.take('1:1', [row('l_1', 10), row('l_2', 5)]);
    totals.take('2:7', [row('l_2', 1)]);
    totals.forgetGone();
    expect([requests(totals, 'l_1'), requests(totals, 'l_2')]).toEqual([10, 6]);
    totals.keepWorkers(new Set(['2:7']));
    totals.forgetGone();
    expect([requests(totals, 'l_1'), requests(totals, 'l_2')]).toEqual([0, 6]);
  });

  it('continue from a file, with the worker that still runs', () => {
    const before = new Totals();
    before.take('1:1', [row('l_1', 10)]);
    const after = Totals.load(JSON.parse(JSON.stringify(before.save())));
    after.take('1:1', [row('l_1', 14)]);
    expect(requests(after, 'l_1')).toBe(14);
    const other = Totals.load(JSON.parse(JSON.stringify(before.save())));
    other.take('2:7', [row('l_1', 14)]);
    expect(requests(other, 'l_1')).toBe(24);
  });

  it('of a release with other columns keep what both know', () => {
    const saved = { totals: { 'frontend l_1 ': { bin: 1, gone: 2, req_tot: 3 } }, workers: {} };
    const totals = Totals.load(saved);
    expect([requests(totals, 'l_1'), requests(totals, 'l_1', 'bin'), requests(totals, 'l_1', 'bout')]).toEqual([
      3, 1, 0,
    ]);
    expect(totals.save()).toEqual({ totals: { 'frontend l_1 ': { bin: 1, req_tot: 3 } }, workers: {} });
  });
});

describe('a snapshot', () => {
  it('adds what workers have now, and has only objects of the one that serves', () => {
    const totals = new Totals();
    const [serving, finishing] = [[row('l_1', 10)], [row('l_1', 5), row('l_gone', 1)]];
    totals.take('2:7', serving);
    totals.take('1:1', finishing);
    const { frontends } = snapshot(totals, serving, [finishing]);
    expect([...frontends.keys()]).toEqual(['l_1']);
    expect(frontends.get('l_1')).toMatchObject({ connections: 2, requests_total: 15 });
  });
});
