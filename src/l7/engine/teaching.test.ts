import { describe, expect, it } from 'vitest';
import { isReady } from './teaching.js';

const table = (name: string, used: number) => `# table: ${name}, type: binary, size:262144, used:${used}\n`;
const peers = (flags: string) =>
  `0x55885c49aca0: [21/Nov/2026:20:15:16] id=sluice disabled=0 flags=${flags} resync_timeout=3s task_calls=1\n` +
  '  0x561b847d8c40: id=sluice(local,inactive) addr=unix:0 last_status=NONE last_hdshk=<NEVER>\n        flags=0x0\n';

describe('isReady', () => {
  it.each([
    ['a worker that waits for one that does not exist', table('t_1', 1), peers('0x11'), false],
    ['one that waits, and has nothing to lose', table('t_1', 0), peers('0x11'), true],
    ['one that waits, with counters alone', `${table('b_1', 1)}${table('r_1', 1)}`, peers('0x0'), true],
    ['one of several tables has clients', `${table('t_1', 0)}${table('t_2', 7)}`, peers('0x0'), false],
    ['one that has given up', table('t_1', 1), peers('0x33'), true],
    ['one that has learned from another', table('t_1', 1), peers('0x1103'), true],
    ['one without tables', '', '', true],
  ])('%s', (_what, tables, said, ready) => {
    expect(isReady(tables, said)).toBe(ready);
  });
});
