/** sluice explain */
import type { Command } from 'commander';
import { SluiceError } from '../model/errors.js';
import { EVENTS, type Explanation, OUTCOMES } from '../observe/explanations.js';
import type { Cli } from './cli.js';
import { CompletableArgument } from './completion/candidates.js';
import { tableLines } from './table.js';
import { type Format, formatOption, type Paint } from './terminal.js';

export function addExplain(program: Command, { terminal }: Cli): void {
  const words = [...Object.keys(OUTCOMES), ...Object.keys(EVENTS)];
  program
    .command('explain')
    .description('tell what an outcome or event of the data plane means and what to do about it')
    .addArgument(
      new CompletableArgument('[name]', 'as `sluice status` shows it; without it: all of them', {
        kind: 'words',
        words,
      }),
    )
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  sluice explain
  sluice explain drop_leases_exhausted`,
    )
    .action(async (name: string | undefined, { output }: { output: Format }) => {
      const all = { ...OUTCOMES, ...EVENTS };
      if (name === undefined) {
        await terminal.print(output, all, () => catalogueLines(terminal.paint));
        return;
      }
      const explanation = all[name.toLowerCase()];
      if (!explanation) {
        throw new SluiceError('not_found', `there is no outcome or event ${name}; "sluice explain" lists them`);
      }
      await terminal.print(output, { name, ...explanation }, () => explanationLines(name, explanation, terminal.paint));
    });
}

function catalogueLines(paint: Paint): string[] {
  const columns = [
    { title: 'NAME', value: ([name]: [string, Explanation]) => name },
    { title: 'MEANING', value: ([, { meaning }]: [string, Explanation]) => meaning },
  ];
  return [
    paint('bold', 'Outcomes: how a packet left the gateway'),
    ...tableLines(columns, Object.entries(OUTCOMES)),
    '',
    paint('bold', 'Events'),
    ...tableLines(columns, Object.entries(EVENTS)),
  ];
}

function explanationLines(name: string, { meaning, cause, remedy }: Explanation, paint: Paint): string[] {
  return [paint('bold', name), meaning, `Why:        ${cause}`, ...(remedy ? [`What to do: ${remedy}`] : [])];
}
