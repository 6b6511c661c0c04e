/** sluice stats */
import type { Command } from 'commander';
import type { Cli } from './cli.js';
import { CompletableArgument } from './completion/candidates.js';
import { LISTENER } from './resources/listeners.js';
import { LOADBALANCER } from './resources/loadbalancers.js';
import type { Json, ResourceType } from './resources/resource.js';
import { type Column, humanBytes, humanCount, tableLines } from './table.js';
import { type Format, formatOption } from './terminal.js';
import { forEach, list, objectPath } from './verbs/collection.js';
import { Context } from './verbs/context.js';

/** Counters of a load balancer or listener, as Octavia names them. */
interface Counters {
  active_connections: number;
  total_connections: number;
  bytes_in: number;
  bytes_out: number;
  request_errors: number;
}

type CounterRow = Counters & { kind: string; id: string; name: string };

const COUNTERS: readonly Column<CounterRow>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ACTIVE', value: ({ active_connections }) => humanCount(active_connections), right: true },
  { title: 'CONNECTIONS', value: ({ total_connections }) => humanCount(total_connections), right: true },
  { title: 'IN', value: ({ bytes_in }) => humanBytes(bytes_in), right: true },
  { title: 'OUT', value: ({ bytes_out }) => humanBytes(bytes_out), right: true },
  { title: 'ERRORS', value: ({ request_errors }) => humanCount(request_errors), right: true },
];

export function addStats(program: Command, cli: Cli): void {
  program
    .command('stats')
    .description('count connections and bytes of load balancers and listeners')
    .addArgument(
      new CompletableArgument('[name...]', 'LB, with its listeners, or LB/LISTENER; default: every load balancer', {
        kind: 'objects',
        type: 'loadbalancer',
      }),
    )
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  sluice stats
  sluice stats web
  sluice stats web/http -o json`,
    )
    .action(async (names: string[], { output }: { output: Format }, command: Command) => {
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      const objects = names.length === 0 ? await all(context, LOADBALANCER) : await named(context, names);
      const rows = await forEach(objects, async ({ type, id, name }): Promise<CounterRow> => {
        const { stats } = await context.client.get<{ stats: Counters }>(`${objectPath(type, id)}/stats`);
        return { kind: type.name, id, name, ...stats };
      });
      await cli.terminal.print(output, rows, () => tableLines(COUNTERS, rows));
    });
}

interface Counted {
  type: ResourceType;
  id: string;
  name: string;
}

async function all({ client, labels }: Context, type: ResourceType, query: Json = {}): Promise<Counted[]> {
  const objects = (await list(client, type, undefined, query as Record<string, string>)).map((object) => ({ object }));
  await labels.loadParents(type, objects);
  return objects.map((placed) => ({ type, id: String(placed.object.id), name: labels.pathOf(type, placed) }));
}

async function named(context: Context, names: readonly string[]): Promise<Counted[]> {
  const counted: Counted[] = [];
  for (const name of names) {
    const type = name.includes('/') ? LISTENER : LOADBALANCER;
    const { key } = await context.names.find(type, name);
    counted.push({ type, id: key, name });
    if (type === LOADBALANCER) {
      counted.push(...(await all(context, LISTENER, { loadbalancer_id: key })));
    }
  }
  return counted;
}
