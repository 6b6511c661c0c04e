/** Text tables and human units. */
import type { Colour, Paint } from './terminal.js';

export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number;
  /** Numbers stand at the right. */
  right?: boolean;
  /** Undefined: none. */
  colour?: (row: Row) => Colour | undefined;
}

const PLAIN: Paint = (_colour, text) => text;

/** Lines of a table; columns are as wide as their widest cell. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint = PLAIN): string[] {
  const cells = rows.map((row) => cellsOf(columns, row));
  const widths = widthsOf(columns, cells);
  return [headLine(columns, widths), ...cells.map((line, index) => rowLine(columns, widths, line, rows[index], paint))];
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
    const cells = head.map((row) => cellsOf(columns, row));
    const known = widthsOf(columns, cells);
    widths = known;
    head = [];
    return [headLine(columns, known), ...cells.map((line) => rowLine(columns, known, line))];
  };
  for await (const row of rows) {
    if (widths) {
      yield rowLine(columns, widths, cellsOf(columns, row));
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

function cellsOf<Row>(columns: readonly Column<Row>[], row: Row): string[] {
  return columns.map(({ value }) => printable(String(value(row))));
}

function widthsOf<Row>(columns: readonly Column<Row>[], cells: readonly string[][]): number[] {
  const widths = columns.map(({ title }) => textWidth(title));
  for (const line of cells) {
    for (const [index, cell] of line.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, textWidth(cell));
    }
  }
  return widths;
}

function headLine<Row>(columns: readonly Column<Row>[], widths: readonly number[]): string {
  const titles = columns.map(({ title, right }, index) => pad(title, widths[index] ?? 0, right));
  return titles.join('  ').trimEnd();
}

/** Colours come after alignment: their codes would count as characters. */
function rowLine<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  cells: readonly string[],
  row?: Row,
  paint: Paint = PLAIN,
): string {
  const last = columns.length - 1;
  const padded = cells.map((cell, index) => {
    const { right, colour } = columns[index] as Column<Row>;
    const text = index === last && !right ? cell : pad(cell, widths[index] ?? 0, right);
    const name = row === undefined ? undefined : colour?.(row);
    return name && cell ? text.replace(cell, () => paint(name, cell)) : text;
  });
  return padded.join('  ').trimEnd();
}

function pad(text: string, width: number, right = false): string {
  const missing = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? missing + text : text + missing;
}

/** Names come from other people: a control character in one would move the cursor or recolour the screen of whoever lists it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}

const PLAIN_TEXT = /^[\x20-\x7e]*$/;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** Columns that a text takes on a terminal: two for East Asian characters, none for marks that sit on another. */
export function textWidth(text: string): number {
  if (PLAIN_TEXT.test(text)) {
    return text.length;
  }
  let width = 0;
  for (const character of text) {
    width += /^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
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
