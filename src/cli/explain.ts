/** sluice explain */
import type { Command } from 'commander';
import { SluiceError } from '../model/errors.js';
import { EVENTS, type Explanation, OUTCOMES } from '../observe/explanations.js';
import { colour, type Format, formatOption, print } from './output.js';
import { tableLines } from './table.js';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('tell what an outcome or event of the data plane means and what to do about it')
    .argument('[name]', 'as `sluice status` shows it; without it: all of them')
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
        await print(output, all, () => catalogueLines());
        return;
      }
      const explanation = all[name.toLowerCase()];
      if (!explanation) {
        throw new SluiceError('not_found', `there is no outcome or event ${name}; "sluice explain" lists them`);
      }
      await print(output, { name, ...explanation }, () => explanationLines(name, explanation));
    });
}

function catalogueLines(): string[] {
  const columns = [
    { title: 'NAME', value: ([name]: [string, Explanation]) => name },
    { title: 'MEANING', value: ([, { meaning }]: [string, Explanation]) => meaning },
  ];
  return [
    colour('bold', 'Outcomes: how a packet left the gateway'),
    ...tableLines(columns, Object.entries(OUTCOMES)),
    '',
    colour('bold', 'Events'),
    ...tableLines(columns, Object.entries(EVENTS)),
  ];
}

function explanationLines(name: string, { meaning, cause, remedy }: Explanation): string[] {
  return [colour('bold', name), meaning, `Why:        ${cause}`, ...(remedy ? [`What to do: ${remedy}`] : [])];
}
