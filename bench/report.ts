/** What a part of the bench found, as tables for people and as JSON. */

/** A figure that has to be reached. */
export interface Target {
  /** What is compared, in words. */
  what: string;
  /** As measured. */
  value: number;
  /** The bound; `value` must not be above it (`most`) or below it (`least`). */
  bound: number;
  kind: 'most' | 'least';
  /** Behind both numbers: `×`, ` ms`. */
  unit: string;
}

export interface Table {
  title: string;
  /** What the numbers mean, in one line. */
  meaning: string;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
  targets: readonly Target[];
  /** What a reader has to know to judge the numbers. */
  notes?: readonly string[];
}

/** A number is printed with a sensible number of digits, undefined as nothing. */
export type Cell = string | number | undefined;

export function isMet({ value, bound, kind }: Target): boolean {
  return kind === 'most' ? value <= bound : value >= bound;
}

/** A table as text, with its targets below. */
export function formatTable(table: Table): string {
  const cells = [table.columns.map(String), ...table.rows.map((row) => row.map(formatCell))];
  const widths = table.columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [
    table.title,
    `  ${table.meaning}`,
    '',
    ...indent([lines[0]!, widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)]),
    '',
    ...indent(table.targets.map(formatTarget)),
    ...indent((table.notes ?? []).map((note) => `note: ${note}`)),
    '',
  ].join('\n');
}

/** One line that says whether a figure was reached, and by how much it was missed. */
export function formatTarget(target: Target): string {
  const { what, value, bound, kind, unit } = target;
  const claim = `${what}: ${formatNumber(value)}${unit} (target: at ${kind} ${formatNumber(bound)}${unit})`;
  if (isMet(target)) return `met     ${claim}`;
  return `MISSED  ${claim}, by ${Math.abs((value / bound - 1) * 100).toFixed(0)} %`;
}

/** 1,234,567; 118; 2.95; 0.123. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function formatCell(cell: Cell): string {
  return typeof cell === 'number' ? formatNumber(cell) : (cell ?? '');
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
