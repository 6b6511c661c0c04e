import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOG_FIGURES, type LogReader } from '../datapath/access-log.js';
import { Totals } from './counters.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-totals-'));
  path = join(directory, 'totals.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A reader that has counted this, listener by listener. */
function reader(counted: Record<string, Partial<Record<(typeof LOG_FIGURES)[number], number>>>): LogReader {
  const rows = Object.values(counted).flatMap((row) => LOG_FIGURES.map((name) => row[name] ?? 0));
  return { counters: () => ({ listeners: Object.keys(counted), figures: Float64Array.from(rows) }) } as LogReader;
}

function loaded(): Totals {
  const totals = new Totals(path);
  totals.load();
  return totals;
}

describe('totals', () => {
  it('go on from what was saved', async () => {
    await loaded().save(reader({ a: { requests: 5, status_404: 1, sampled: 1 }, b: { requests: 7 } }));
    const now = loaded().now(reader({ a: { requests: 2, milliseconds: 30 }, c: { requests: 1 } }));
    expect([...now.keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(now.get('a')).toMatchObject({ requests: 7, status_404: 1, milliseconds: 30, sampled: false });
    expect(now.get('b')).toMatchObject({ requests: 7, sampled: false });
  });

  it('of what is configured no more end', async () => {
    await loaded().save(reader({ a: { requests: 5 }, b: { requests: 7 } }));
    const totals = loaded();
    totals.keep(new Set(['a']));
    expect([...totals.now(reader({})).keys()]).toEqual(['a']);
    totals.forget('a');
    expect(totals.now(reader({})).size).toBe(0);
  });

  const broken: [sentence: string, text: string][] = [
    ['that is cut', '{"a":[1,'],
    ['of another release', '{"a":[1,2]}'],
    ['of something else', '[]'],
  ];
  it.each(broken)('begin at 0 with a file %s', (_, text) => {
    writeFileSync(path, text);
    expect(loaded().now(reader({})).size).toBe(0);
  });

  it('are not written when nothing was counted', async () => {
    const totals = loaded();
    const counted = reader({ a: { requests: 5 } });
    await totals.save(counted);
    writeFileSync(path, 'untouched');
    await totals.save(counted);
    expect(readFileSync(path, 'utf8')).toBe('untouched');
    await totals.save(reader({ a: { requests: 6 } }));
    expect(readFileSync(path, 'utf8')).not.toBe('untouched');
  });
});
