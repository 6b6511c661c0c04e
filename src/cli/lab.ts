/** sluice lab */
import type { Command } from 'commander';
import type { Cli } from './cli.js';

export function addLab(program: Command, { terminal }: Cli): void {
  const lab = program
    .command('lab')
    .description('a gateway with clients and backends, as network namespaces on this host');
  lab
    .command('up')
    .description('bring it up and leave it running')
    .action(async () => {
      const { labUp } = await import('../lab/main.js');
      const { gateway } = await labUp();
      await terminal.line(`The lab is up. Look at it with: sluice --socket ${gateway.socket} status`);
      await terminal.line('End it with: sluice lab down');
    });
  lab
    .command('down')
    .description('remove it')
    .action(async () => {
      const { labDown } = await import('../lab/main.js');
      await terminal.line((await labDown()) ? 'The lab is gone.' : 'There was no lab.');
    });
}
