/** sluice apply */
import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError } from 'commander';
import { readConfigFile } from '../../config/files.js';
import type { ChangeSummary } from '../../daemon/change.js';
import { formatFault } from '../../model/errors.js';
import type { LoadBalancer } from '../../model/resources.js';
import type { Cli } from '../cli.js';
import { fileOption } from '../completion/candidates.js';
import { type Format, formatOption, type Paint } from '../terminal.js';
import { diffTrees, type ObjectChange } from './diff.js';
import { diffLines } from './diff-lines.js';

interface ApplyFlags {
  file: string;
  dryRun: boolean;
  prune: boolean;
  adopt: boolean;
  output: Format;
}

/** What the daemon answers. A dry run also brings the load balancers that would change, as they are and as they would be. */
interface Answer extends ChangeSummary {
  before?: LoadBalancer[];
  after?: LoadBalancer[];
}

/** What is printed: the differences instead of the load balancers. */
type Summary = ChangeSummary & { objects?: ObjectChange[] };

export function addApply(program: Command, cli: Cli): void {
  program
    .command('apply')
    .description('create and change load balancers as a file says')
    .addOption(
      fileOption('-f, --file <file>', 'YAML or JSON, - for standard input').argParser(oneFile).makeOptionMandatory(),
    )
    .option('--dry-run', 'only show what would change', false)
    .option('--prune', 'remove load balancers that earlier files brought and this one does not have', false)
    .option('--adopt', 'take over load balancers of the file that the API or the host file manages', false)
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
      const { terminal, world } = cli;
      const body = flags.file === '-' ? await text(world.input) : await readConfigFile(flags.file);
      const source = flags.file === '-' ? 'standard input' : flags.file;
      const client = await cli.client(command);
      terminal.progress(`applying ${source}`);
      const query = { source, dry_run: flags.dryRun, prune: flags.prune, adopt: flags.adopt };
      const answer = await client.post<Answer>('/apply', query, body).finally(() => terminal.clearProgress());
      const summary = summaryOf(answer);
      await terminal.print(flags.output, summary, () => summaryLines(summary, terminal.paint));
    });
}

/** Files are applied whole or not at all, which two requests could not promise. @throws InvalidArgumentError for a second file */
function oneFile(written: string, before: string | undefined): string {
  if (before !== undefined) {
    throw new InvalidArgumentError('give one file; it may hold several YAML documents, each after a line ---');
  }
  return written;
}

function summaryOf({ before, after, ...summary }: Answer): Summary {
  return before && after ? { ...summary, objects: diffTrees(before, after) } : summary;
}

/** The summary for people: objects and their fields, or load balancers alone, then what that does to the data plane. */
export function summaryLines(summary: Summary, paint: Paint): string[] {
  const { created, updated, unchanged, deleted, changes, warnings, objects } = summary;
  const names = [
    ...created.map((name) => `+ loadbalancer ${name}`),
    ...updated.map((name) => `~ loadbalancer ${name}`),
    ...deleted.map((name) => `- loadbalancer ${name}`),
  ];
  const dataPlane = changes.map((line) => coloured(`  ${line}`, paint));
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
    ...(objects ? diffLines(objects, paint) : names.map((line) => coloured(line, paint))),
    ...(objects && dataPlane.length > 0 ? [paint('bold', 'data plane:')] : []),
    ...dataPlane,
    ...warnings.map((warning) => paint('yellow', `warning: ${formatFault(warning)}`)),
    summary.dry_run ? `would be: ${total}; nothing was changed` : `${total} in ${took}`,
  ];
}

function coloured(line: string, paint: Paint): string {
  const colours = { '+': 'green', '-': 'red', '~': 'yellow' } as const;
  const sign = line.trimStart()[0] as keyof typeof colours;
  return Object.hasOwn(colours, sign) ? paint(colours[sign], line) : line;
}
