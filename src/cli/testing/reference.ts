/** The part of docs/cli.md that is made from the descriptions of resources: a section for each kind. */
import type { Command, Option } from 'commander';
import { RESOURCES } from '../resources/index.js';
import type { ResourceType } from '../resources/resource.js';

const BEGIN = '<!-- Made from src/cli/resources; `npx vitest run src/cli/docs.test.ts -u` writes it anew. -->';
const END = '<!-- The end of what is made. -->';

/** Options that all commands of a verb have; the documentation tells them once. */
export const COMMON: ReadonlySet<string> = new Set([
  '--output',
  '--quiet',
  '--columns',
  '--sort',
  '--limit',
  '--filter',
  '--all-projects',
  '--wait',
  '--wait-timeout',
  '--if-exists',
  '--enable',
  '--disable',
]);

/** The document with this part as it should be. @throws Error when the place for it is missing */
export function withReference(document: string, program: Command): string {
  const [start, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (start < 0 || end < start) {
    throw new Error(`docs/cli.md has no place for the reference: ${BEGIN} … ${END}`);
  }
  const sections = RESOURCES.map((type) => section(type, program));
  return `${document.slice(0, start)}${BEGIN}\n\n${sections.join('\n\n')}\n\n${document.slice(end)}`;
}

function section(type: ResourceType, program: Command): string {
  const verbs = program.commands.flatMap((verb) => {
    const command = verb.commands.find((one) => one.name() === type.name);
    return command ? [{ verb: verb.name(), command }] : [];
  });
  const others = type.aliases.map((alias) => `\`${alias}\``).join(', ');
  const examples = Object.values(type.examples).flat();
  const width = Math.max(...examples.map(({ command }) => command.length));
  const lines = examples.map(({ command, note }) =>
    note ? `    ${command.padEnd(width)}  # ${note}` : `    ${command}`,
  );
  return [
    `### ${type.name}`,
    `${type.about} Also ${others}. Verbs: ${verbs.map(({ verb }) => verb).join(', ')}.`,
    ...optionTable(verbs),
    lines.join('\n'),
  ].join('\n\n');
}

interface Row {
  help: string;
  verbs: string[];
}

function optionTable(verbs: ReadonlyArray<{ verb: string; command: Command }>): string[] {
  const rows = new Map<string, Row>();
  for (const { verb, command } of verbs) {
    for (const option of command.options.filter(({ long }) => long && !COMMON.has(long))) {
      const key = option.long ?? '';
      const row = rows.get(key) ?? { help: '', verbs: [] };
      // What make and change say of a value is more than what unset has to.
      row.help = row.help.length < cells(option).length ? cells(option) : row.help;
      row.verbs.push(verb);
      rows.set(key, row);
    }
  }
  const lines = [...rows.values()].map(({ help, verbs: taking }) => `| ${help} | ${taking.join(', ')} |`);
  return lines.length === 0 ? [] : [['| Option | | Verbs |', '|---|---|---|', ...lines].join('\n')];
}

function cells({ flags, description, argChoices }: Option): string {
  const choices = argChoices ? `: ${argChoices.map((choice) => `\`${choice}\``).join(' ')}` : '';
  return `\`${flags}\` | ${(description + choices).replaceAll('|', '\\|')}`;
}
