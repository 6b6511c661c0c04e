/** sluice show status */
import type { Command } from 'commander';
import { formatEndpoint } from '../model/address.js';
import type { Cli } from './cli.js';
import { CompletableArgument } from './completion/candidates.js';
import { LOADBALANCER } from './resources/loadbalancers.js';
import type { Json } from './resources/resource.js';
import { type Column, tableLines } from './table.js';
import { colourOfStatus, type Format, formatOption, type Paint } from './terminal.js';
import { objectPath } from './verbs/collection.js';
import { Context } from './verbs/context.js';

/** A node of Octavia's status tree; arrays in it are what is below. */
type StatusNode = Json & { id: string; provisioning_status: string; operating_status: string };

interface StatusRow {
  kind: string;
  name: string;
  node: StatusNode;
}

const STATUS: readonly Column<StatusRow>[] = [
  { title: 'OBJECT', value: ({ kind, name }) => `${kind} ${name}` },
  {
    title: 'PROVISIONING',
    value: ({ node }) => node.provisioning_status,
    colour: ({ node }) => colourOfStatus(node.provisioning_status),
  },
  {
    title: 'OPERATING',
    value: ({ node }) => node.operating_status,
    colour: ({ node }) => colourOfStatus(node.operating_status),
  },
];

/** Lists in the tree, and what their entries are. */
const BRANCHES: ReadonlyArray<[attribute: string, kind: string]> = [
  ['listeners', 'listener'],
  ['l7policies', 'l7policy'],
  ['rules', 'l7rule'],
  ['pools', 'pool'],
  ['health_monitor', 'healthmonitor'],
  ['members', 'member'],
];

/** @param show the verb */
export function addShowStatus(show: Command, cli: Cli): void {
  show
    .command('status')
    .summary('show the statuses of a load balancer and everything below it')
    .description('Show the statuses of a load balancer and everything below it, as a tree.')
    .addArgument(
      new CompletableArgument('<name>', 'name or id of the load balancer', { kind: 'objects', type: 'loadbalancer' }),
    )
    .addOption(formatOption())
    .addHelpText('after', '\nExamples:\n  sluice show status web')
    .action(async (name: string, { output }: { output: Format }, command: Command) => {
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      const { key } = await context.names.find(LOADBALANCER, name);
      const { statuses } = await context.client.get<{ statuses: { loadbalancer: StatusNode } }>(
        `${objectPath(LOADBALANCER, key)}/status`,
      );
      await cli.terminal.print(output, statuses, () => statusTreeLines(statuses.loadbalancer, cli.terminal.paint));
    });
}

function statusTreeLines(root: StatusNode, paint: Paint): string[] {
  return tableLines(STATUS, statusRows('loadbalancer', root, 0), paint);
}

function statusRows(kind: string, node: StatusNode, depth: number): StatusRow[] {
  // Pools stand below the listeners that use them; those at the load balancer are all pools, the unused ones among them.
  const used = new Set(((node.listeners ?? []) as StatusNode[]).flatMap(poolIds));
  const below = BRANCHES.flatMap(([attribute, child]) => {
    const value = node[attribute];
    const nodes = (Array.isArray(value) ? value : value ? [value] : []) as StatusNode[];
    const shown = kind === 'loadbalancer' && attribute === 'pools' ? nodes.filter(({ id }) => !used.has(id)) : nodes;
    return shown.flatMap((one) => statusRows(child, one, depth + 1));
  });
  return [{ kind: '  '.repeat(depth) + kind, name: nodeName(node), node }, ...below];
}

function poolIds({ pools }: StatusNode): string[] {
  return ((pools ?? []) as StatusNode[]).map(({ id }) => id);
}

function nodeName({ id, name, address, protocol_port, type }: StatusNode): string {
  const endpoint = typeof address === 'string' ? formatEndpoint(address, Number(protocol_port)) : undefined;
  return [name || endpoint || type || id, name && endpoint ? `(${endpoint})` : ''].filter(Boolean).join(' ');
}
