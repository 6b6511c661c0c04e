/** sluice show health */
import type { Command } from 'commander';
import { formatEndpoint } from '../model/address.js';
import type { Cli } from './cli.js';
import { CompletableArgument } from './completion/candidates.js';
import { POOL } from './resources/pools.js';
import { type Column, humanSeconds, tableLines } from './table.js';
import { colourOfStatus, type Format, formatOption } from './terminal.js';
import { Context } from './verbs/context.js';

interface MemberHealth {
  id: string;
  name: string;
  address: string;
  protocol_port: number;
  operating_status: string;
  cause: string | null;
  since: string | null;
  flapping: boolean;
  history: Array<{ at: string; up: boolean; cause: string }>;
}

const HEALTH: readonly Column<MemberHealth>[] = [
  { title: 'MEMBER', value: ({ name, address, protocol_port }) => name || formatEndpoint(address, protocol_port) },
  {
    title: 'STATUS',
    value: ({ operating_status }) => operating_status,
    colour: ({ operating_status }) => colourOfStatus(operating_status),
  },
  {
    title: 'FOR',
    value: ({ since }) => (since ? humanSeconds((Date.now() - Date.parse(since)) / 1000) : '-'),
    right: true,
  },
  { title: 'CHANGES', value: ({ history }) => history.length, right: true },
  {
    title: 'CAUSE',
    value: ({ cause, flapping }) => [flapping ? 'flapping' : '', cause ?? ''].filter(Boolean).join(': ') || '-',
  },
];

/** @param show the verb */
export function addShowHealth(show: Command, cli: Cli): void {
  show
    .command('health')
    .summary('show the health of the members of a pool, with causes')
    .description(
      'Show the health of the members of a pool: why one is down, since when, and its last changes (-o json).',
    )
    .addArgument(
      new CompletableArgument('<name>', 'name or id of the pool: LB/POOL', { kind: 'objects', type: 'pool' }),
    )
    .addOption(formatOption())
    .addHelpText('after', '\nExamples:\n  sluice show health web/app\n  sluice show health web/app -o json')
    .action(async (name: string, { output }: { output: Format }, command: Command) => {
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      const { key } = await context.names.find(POOL, name);
      const { members } = await context.client.get<{ members: MemberHealth[] }>(`/v2/sluice/pools/${key}/health`);
      await cli.terminal.print(output, members, () => tableLines(HEALTH, members, cli.terminal.paint));
    });
}
