import { describe, expect, it } from 'vitest';
import { shortLine } from './log.js';

describe('shortLine', () => {
  const cases: [string, object, string][] = [
    [
      'shows time, level, message and fields',
      { level: 30, time: '2026-03-01T12:00:01.250Z', msg: 'attached', interface: 'eth0', ifindex: 3 },
      '12:00:01 info  attached  interface=eth0  ifindex=3',
    ],
    ['makes warnings stand out', { level: 40, time: '2026-03-01T12:00:01Z', msg: 'full' }, '12:00:01 WARN  full'],
    [
      'shows an error by its message, without its stack',
      { level: 50, time: '2026-03-01T12:00:01Z', msg: 'no', err: { message: 'refused', stack: 'at x' } },
      '12:00:01 ERROR no  err=refused',
    ],
  ];
  it.each(cases)('%s', (_sentence, record, line) => {
    expect(shortLine(JSON.stringify(record))).toBe(line);
  });
});
