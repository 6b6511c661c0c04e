import { describe, expect, it } from 'vitest';
import { humanBytes, humanCount, humanSeconds, streamTable, tableLines, textWidth } from './table.js';

interface Row {
  name: string;
  count: number;
}
const columns = [
  { title: 'NAME', value: (row: Row) => row.name },
  { title: 'COUNT', value: (row: Row) => row.count, right: true },
];

describe('tables', () => {
  it('align words left and numbers right', () => {
    const lines = tableLines(columns, [
      { name: 'a', count: 1 },
      { name: 'longer', count: 12345 },
    ]);
    expect(lines).toEqual(['NAME    COUNT', 'a           1', 'longer  12345']);
  });

  it('align characters that take two columns, and none', () => {
    const lines = tableLines(columns, [
      { name: '負荷', count: 1 },
      { name: 'e\u0301a', count: 22 },
    ]);
    expect(lines).toEqual(['NAME  COUNT', '負荷      1', 'e\u0301a       22']);
  });

  it('show control characters instead of obeying them', () => {
    expect(tableLines(columns, [{ name: 'a\u001b[2J\nb', count: 1 }])[1]).toBe('a\ufffd[2J\ufffdb      1');
  });

  it('colour cells after they are aligned', () => {
    const coloured = [
      { title: 'NAME', value: (row: Row) => row.name, colour: () => 'red' as const },
      ...columns.slice(1),
    ];
    const lines = tableLines(coloured, [{ name: 'a', count: 1 }], (colour, text) => `<${colour}>${text}</>`);
    expect(lines).toEqual(['NAME  COUNT', '<red>a</>         1']);
  });

  it('stream rows beyond the sample as they come', async () => {
    async function* rows(): AsyncGenerator<Row> {
      yield { name: 'first', count: 1 };
      yield { name: 'second one', count: 2 };
    }
    const lines: string[] = [];
    for await (const line of streamTable(columns, rows(), 1)) {
      lines.push(line);
    }
    expect(lines).toEqual(['NAME   COUNT', 'first      1', 'second one      2']);
  });

  it('print the head of an empty stream', async () => {
    async function* rows(): AsyncGenerator<Row> {}
    const lines: string[] = [];
    for await (const line of streamTable(columns, rows())) {
      lines.push(line);
    }
    expect(lines).toEqual(['NAME  COUNT']);
  });
});

describe('width', () => {
  it.each([
    ['plain', 5],
    ['', 0],
    ['日本', 4],
    ['e\u0301', 1],
    ['🚀', 2],
  ])('of %j', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('human units', () => {
  it.each([
    [0, '0'],
    [0.25, '0.3'],
    [7, '7'],
    [950, '950'],
    [999.6, '1.0k'],
    [1234, '1.2k'],
    [12_345, '12k'],
    [999_600, '1.0M'],
    [3.4e9, '3.4G'],
  ])('count %d', (value, text) => {
    expect(humanCount(value)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1500, '1.5 kB'],
    [25e6, '25 MB'],
  ])('bytes %d', (value, text) => {
    expect(humanBytes(value)).toBe(text);
  });

  it.each([
    [0.04, '0.0 s'],
    [9.5, '9.5 s'],
    [42, '42 s'],
    [119, '119 s'],
    [150, '3 min'],
    [7300, '2 h'],
    [200_000, '2 d'],
  ])('seconds %d', (value, text) => {
    expect(humanSeconds(value)).toBe(text);
  });
});
