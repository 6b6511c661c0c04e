/** sluice sessions */
import { type Command, Option } from 'commander';
import type { NamedSession } from '../daemon/service.js';
import { formatEndpoint } from '../model/address.js';
import type { Cli } from './cli.js';
import { CompletableOption } from './completion/candidates.js';
import type { Query } from './connection/client.js';
import { jsonLines } from './connection/lines.js';
import { readPositive } from './resources/values.js';
import { type Column, humanBytes, humanSeconds, streamTable } from './table.js';
import { type Format, formatOption, yamlText } from './terminal.js';

interface SessionFlags {
  client?: string;
  vip?: string;
  member?: string;
  local?: string;
  listener?: string;
  protocol?: string;
  limit?: number;
  count: boolean;
  output: Format;
}

const COLUMNS: Column<NamedSession>[] = [
  { title: 'PROTO', value: ({ protocol }) => protocol },
  { title: 'CLIENT', value: (row) => formatEndpoint(row.client, row.client_port) },
  { title: 'VIP', value: (row) => formatEndpoint(row.vip, row.vip_port) },
  { title: 'LOCAL', value: (row) => formatEndpoint(row.local, row.local_port) },
  { title: 'MEMBER', value: (row) => formatEndpoint(row.member, row.member_port) },
  { title: 'STATE', value: ({ state }) => state.padEnd('established'.length) },
  { title: 'AGE', value: ({ age }) => humanSeconds(age).padStart(7), right: true },
  { title: 'IDLE', value: ({ idle }) => humanSeconds(idle).padStart(7), right: true },
  { title: 'IN', value: ({ bytes_in }) => humanBytes(bytes_in).padStart(7), right: true },
  { title: 'OUT', value: ({ bytes_out }) => humanBytes(bytes_out).padStart(7), right: true },
];

export function addSessions(program: Command, cli: Cli): void {
  const { terminal } = cli;
  program
    .command('sessions')
    .description('list or count sessions')
    .option('--client <address>', 'of this client: ADDRESS, ADDRESS:PORT or :PORT')
    .option('--vip <address>', 'to this VIP, written likewise')
    .option('--member <address>', 'on this member')
    .option('--local <address>', 'with this local address towards the member')
    .addOption(
      new CompletableOption(
        '--listener <name>',
        'of this listener: LB/LISTENER, or its name where that is unique',
      ).completes({
        kind: 'objects',
        type: 'listener',
      }),
    )
    .addOption(new Option('--protocol <protocol>', 'of this protocol').choices(['tcp', 'udp']))
    .option('--limit <number>', 'at most so many', readPositive)
    .option('--count', 'only how many there are', false)
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Sessions come in no order, as the table is read. -o json prints one object a line.

Examples:
  sluice sessions --count
  sluice sessions --client 198.51.100.7
  sluice sessions --listener web/http --limit 20
  sluice sessions --member 10.0.0.5:8080 -o json | jq .age`,
    )
    .action(async ({ count, output, ...filters }: SessionFlags, command: Command) => {
      const client = await cli.client(command);
      const query: Query = { ...filters };
      if (count) {
        const answer = await client.get<{ count: number }>('/sessions', { ...query, count: true });
        await terminal.print(output, answer, () => [String(answer.count)]);
        return;
      }
      const answer = await client.stream('/sessions', query);
      if (output === 'json') {
        await terminal.copy(answer);
      } else {
        await terminal.stream(lines(output, jsonLines<NamedSession>(answer)));
      }
    });
}

function lines(output: Format, sessions: AsyncIterable<NamedSession>): AsyncIterable<string> {
  return output === 'table' ? streamTable(COLUMNS, sessions) : map(sessions, (session) => yamlText([session]));
}

async function* map<From, To>(values: AsyncIterable<From>, change: (value: From) => To): AsyncGenerator<To> {
  for await (const value of values) {
    yield change(value);
  }
}
