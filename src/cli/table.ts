/** Text tables and human units. */

export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number;
  /** Numbers stand at the right. */
  right?: boolean;
}

/** Lines of a table; columns are as wide as their widest cell. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => String(value(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells.map((line) => formatLine(columns, widths, line));
}

/**
 * A table whose rows come one by one: its columns keep the width of the first rows, so that nothing waits for the last.
 * @param sample rows to look at before the first is printed
 */
export async function* streamTable<Row>(
  columns: readonly Column<Row>[],
  rows: AsyncIterable<Row>,
  sample = 200,
): AsyncGenerator<string> {
  let head: Row[] = [];
  let widths: number[] | undefined;
  const begin = (): string[] => {
    const cells = head.map((row) => columns.map(({ value }) => String(value(row)).length));
    widths = columns.map(({ title }, index) => Math.max(title.length, ...cells.map((line) => line[index] ?? 0)));
    const lines = tableLines(columns, head);
    head = [];
    return lines;
  };
  for await (const row of rows) {
    if (widths) {
      yield formatLine(
        columns,
        widths,
        columns.map(({ value }) => String(value(row))),
      );
      continue;
    }
    head.push(row);
    if (head.length >= sample) {
      yield* begin();
    }
  }
  if (!widths) {
    yield* begin();
  }
}

function formatLine<Row>(columns: readonly Column<Row>[], widths: readonly number[], cells: readonly string[]): string {
  const padded = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    return columns[index]?.right ? cell.padStart(width) : cell.padEnd(width);
  });
  return padded.join('  ').trimEnd();
}

const STEPS = ['', 'k', 'M', 'G', 'T', 'P'];

/** `950`, `1.2k`, `34M`: three digits at most. */
export function humanCount(value: number): string {
  let step = 0;
  let scaled = value;
  while (scaled >= 999.5 && step < STEPS.length - 1) {
    scaled /= 1000;
    step++;
  }
  const digits = step > 0 && scaled < 9.95 ? 1 : step === 0 && scaled < 9.95 && !Number.isInteger(scaled) ? 1 : 0;
  return `${scaled.toFixed(digits)}${STEPS[step]}`;
}

/** `1.2 MB`, powers of 1000. */
export function humanBytes(value: number): string {
  const text = humanCount(value);
  const unit = text.replace(/^[\d.]+/, '');
  return `${text.slice(0, text.length - unit.length)} ${unit}B`;
}

/** `0.3 s`, `42 s`, `3 min`, `5 h`, `2 d`. */
export function humanSeconds(value: number): string {
  if (value < 10) {
    return `${value.toFixed(1)} s`;
  }
  const units: [number, string][] = [
    [86_400 * 2, 'd'],
    [3600 * 2, 'h'],
    [60 * 2, 'min'],
  ];
  const sizes: Record<string, number> = { d: 86_400, h: 3600, min: 60 };
  const unit = units.find(([least]) => value >= least)?.[1];
  return unit ? `${Math.round(value / (sizes[unit] ?? 1))} ${unit}` : `${Math.round(value)} s`;
}
