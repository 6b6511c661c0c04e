/** sluice apply */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readConfigFile } from '../config/files.js';
import type { ChangeSummary } from '../daemon/change.js';
import { formatFault } from '../model/errors.js';
import { clientOf } from './context.js';
import { colour, type Format, formatOption, print } from './output.js';

interface ApplyFlags {
  file: string;
  dryRun: boolean;
  prune: boolean;
  output: Format;
}

export function addApply(program: Command): void {
  program
    .command('apply')
    .description('create and change load balancers as a file says')
    .requiredOption('-f, --file <file>', 'YAML or JSON, - for standard input')
    .option('--dry-run', 'only show what would change', false)
    .option('--prune', 'remove load balancers that are not in the file', false)
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Load balancers are found by name. Those in the file become exactly as written, others stay.
A file with faults changes nothing; every fault is listed.

Examples:
  sluice apply -f web.yaml
  sluice apply -f web.yaml --dry-run
  sluice apply -f all.yaml --prune
  cat web.json | sluice apply -f -`,
    )
    .action(async (flags: ApplyFlags, command: Command) => {
      const body = flags.file === '-' ? readFileSync(0, 'utf8') : await readConfigFile(flags.file);
      const source = flags.file === '-' ? 'standard input' : flags.file;
      const client = await clientOf(command);
      const query = { source, dry_run: flags.dryRun, prune: flags.prune };
      const summary = await client.post<ChangeSummary>('/apply', query, body);
      await print(flags.output, summary, () => summaryLines(summary));
    });
}

/** The summary for people: load balancers, then what that does to the data plane. */
export function summaryLines(summary: ChangeSummary): string[] {
  const { created, updated, unchanged, deleted, changes, warnings } = summary;
  const objects = [
    ...created.map((name) => `+ loadbalancer ${name}`),
    ...updated.map((name) => `~ loadbalancer ${name}`),
    ...deleted.map((name) => `- loadbalancer ${name}`),
  ];
  const counts = [
    [created, 'created'],
    [updated, 'updated'],
    [deleted, 'deleted'],
    [unchanged, 'unchanged'],
  ] as const;
  const words = counts.filter(([names]) => names.length > 0).map(([names, word]) => `${names.length} ${word}`);
  const total = words.join(', ') || 'no load balancers';
  const took = `${summary.milliseconds.toFixed(0)} ms`;
  return [
    ...objects.map(coloured),
    ...changes.map((line) => coloured(`  ${line}`)),
    ...warnings.map((warning) => colour('yellow', `warning: ${formatFault(warning)}`)),
    summary.dry_run ? `would be: ${total}; nothing was changed` : `${total} in ${took}`,
  ];
}

function coloured(line: string): string {
  const colours = { '+': 'green', '-': 'red', '~': 'yellow' } as const;
  const sign = line.trimStart()[0] as keyof typeof colours;
  return Object.hasOwn(colours, sign) ? colour(colours[sign], line) : line;
}
