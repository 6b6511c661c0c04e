/** sluice export */
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { SluiceError } from '../model/errors.js';
import type { Cli } from './cli.js';
import { CompletableArgument, fileOption } from './completion/candidates.js';
import { LOADBALANCER } from './resources/loadbalancers.js';
import { yamlText } from './terminal.js';
import { Context } from './verbs/context.js';

interface ExportFlags {
  output: 'yaml' | 'json' | 'csv' | 'xlsx';
  file?: string;
}

interface Tree {
  loadbalancers: unknown[];
}

export function addExport(program: Command, cli: Cli): void {
  program
    .command('export')
    .description('write what runs as a file that apply takes back, or as a table for spreadsheets')
    .addArgument(
      new CompletableArgument('[name...]', 'load balancers; default: all', { kind: 'objects', type: 'loadbalancer' }),
    )
    .addOption(
      new Option('-o, --output <format>', 'yaml and json for apply; csv and xlsx for spreadsheets')
        .choices(['yaml', 'json', 'csv', 'xlsx'])
        .default('yaml'),
    )
    .addOption(fileOption('-f, --file <file>', 'write it there instead of to standard output'))
    .addHelpText(
      'after',
      `
Applied where it came from, an exported file changes nothing.

Examples:
  sluice export > all.yaml
  sluice export web shop -f web.yaml
  sluice export -o xlsx -f loadbalancers.xlsx`,
    )
    .action(async (names: string[], flags: ExportFlags, command: Command) => {
      const content = await contentOf(new Context(await cli.client(command), cli.terminal, cli.world), names, flags);
      if (flags.file !== undefined) {
        await write(flags.file, content);
      } else {
        await cli.terminal.copy([content]);
      }
    });
}

async function contentOf(
  context: Context,
  names: readonly string[],
  { output, file }: ExportFlags,
): Promise<string | Uint8Array> {
  const { client, world } = context;
  const ids = await Promise.all(names.map(async (name) => (await context.names.find(LOADBALANCER, name)).key));
  const query = ids.length === 0 ? {} : { id: ids };
  if (output === 'yaml' || output === 'json') {
    const tree = await client.get<Tree>('/export', query);
    return `${output === 'json' ? JSON.stringify(tree, null, 2) : yamlText(tree)}\n`;
  }
  if (output === 'xlsx' && file === undefined && world.out.isTTY) {
    throw new SluiceError('invalid_configuration', 'a spreadsheet is nothing for a terminal; name a file with -f');
  }
  return await buffer(await client.stream('/v2/sluice/loadbalancers/export', { format: output, ...query }));
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new SluiceError('file_unreadable', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}
