/** sluice failover */
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from './cli.js';
import { CompletableArgument } from './completion/candidates.js';
import { LOADBALANCER } from './resources/loadbalancers.js';
import { readPositive } from './resources/values.js';
import { type Format, formatOption } from './terminal.js';
import { objectPath } from './verbs/collection.js';
import { Context } from './verbs/context.js';
import { forSeveral } from './verbs/several.js';
import { waitUntilActive } from './verbs/wait.js';

interface Flags {
  wait?: boolean;
  waitTimeout: number;
  quiet?: boolean;
  output: Format;
}

export function addFailover(program: Command, cli: Cli): void {
  program
    .command('failover')
    .description('bring the data plane in line with load balancers again')
    .addArgument(
      new CompletableArgument('<resource>', 'loadbalancer, or lb', {
        kind: 'words',
        words: ['loadbalancer'],
      }).argParser(kind),
    )
    .addArgument(new CompletableArgument('<name...>', 'name or id', { kind: 'objects', type: 'loadbalancer' }))
    .option('--wait', 'until the data plane has it')
    .option('--wait-timeout <seconds>', 'how long at most', readPositive, 300)
    .option('-q, --quiet', 'only print ids')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
For a load balancer in ERROR, once its cause is gone. Sessions go on.

Examples:
  sluice failover loadbalancer web
  sluice failover lb web shop --wait`,
    )
    .action(async (_kind: string, names: string[], flags: Flags, command: Command) => {
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      const { results, finish } = await forSeveral(context, names, 'failing over load balancer', async (name) => {
        const place = await context.names.find(LOADBALANCER, name);
        await context.client.send('PUT', `${objectPath(LOADBALANCER, place.key)}/failover`);
        if (flags.wait) {
          await waitUntilActive(context, place, flags.waitTimeout);
        }
        return { id: place.key, name };
      });
      const lines = results.map(({ id, name }) => (flags.quiet ? id : `failed over load balancer ${name} (${id})`));
      await cli.terminal.print(flags.quiet ? 'table' : flags.output, results, () => lines);
      finish();
    });
}

/** Octavia's command names the kind, and other kinds may follow. */
function kind(text: string): string {
  if (!['loadbalancer', 'lb'].includes(text)) {
    throw new InvalidArgumentError('only load balancers fail over: write "sluice failover loadbalancer NAME".');
  }
  return text;
}
