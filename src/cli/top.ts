/** sluice top */
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type RateRow, ratesBetween, type Sample } from '../observe/rates.js';
import type { Cli } from './cli.js';
import type { Client } from './connection/client.js';
import { type Column, humanBytes, humanCount, tableLines } from './table.js';
import { type Format, formatOption, type Terminal } from './terminal.js';

interface TopFlags {
  once: boolean;
  interval: number;
  output: Format;
}

interface Stats extends Sample {
  sessions: { used: number; capacity: number } | null;
}

const COLUMNS: Column<RateRow>[] = [
  { title: 'LISTENER / MEMBER', value: ({ name, kind }) => (kind === 'member' ? `  ${name}` : name) },
  { title: 'ACTIVE', value: ({ rates }) => humanCount(rates.active), right: true },
  { title: 'NEW/S', value: ({ rates }) => humanCount(rates.sessions), right: true },
  { title: 'PKT/S IN', value: ({ rates }) => humanCount(rates.packets_in), right: true },
  { title: 'PKT/S OUT', value: ({ rates }) => humanCount(rates.packets_out), right: true },
  { title: 'IN', value: ({ rates }) => `${humanBytes(rates.bytes_in)}/s`, right: true },
  { title: 'OUT', value: ({ rates }) => `${humanBytes(rates.bytes_out)}/s`, right: true },
];

export function addTop(program: Command, cli: Cli): void {
  program
    .command('top')
    .description('show traffic per second of listeners and members')
    .option('--once', 'measure one interval, print it and end', false)
    .option('--interval <seconds>', 'between two looks, 0.1 to 60', seconds, 1)
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Ends with Ctrl-C. Without a terminal it prints one table after another.

Examples:
  sluice top
  sluice top --once --interval 10
  sluice top --once -o json`,
    )
    .action(async ({ once, interval, output }: TopFlags, command: Command) => {
      await top(await cli.client(command), cli.terminal, { once, interval, output });
    });
}

async function top(client: Client, terminal: Terminal, { once, interval, output }: TopFlags): Promise<void> {
  let before = await client.get<Stats>('/stats');
  do {
    await wait(interval * 1000);
    const after = await client.get<Stats>('/stats');
    const rows = ratesBetween(before, after);
    await terminal.print(output, rows, () => screen(terminal, after, rows, !once && output === 'table'));
    before = after;
  } while (!once);
}

function screen(terminal: Terminal, { at, sessions }: Stats, rows: readonly RateRow[], refresh: boolean): string[] {
  const clock = new Date(at).toISOString().slice(11, 19);
  const table = sessions
    ? `${humanCount(sessions.used)} of ${humanCount(sessions.capacity)} sessions`
    : 'no data plane';
  const lines = tableLines(COLUMNS, rows).map((line, index) =>
    rows[index - 1]?.kind === 'listener' ? terminal.paint('bold', line) : line,
  );
  // Home, then clear what was below: no flicker.
  const home = refresh && terminal.isInteractive ? '\u001b[H\u001b[J' : '';
  return [`${home}${clock}  ${table}`, ...lines];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 60)) {
    throw new InvalidArgumentError('write a number from 0.1 to 60.');
  }
  return value;
}
