/** sluice lab */
import type { Command } from 'commander';
import { printLine } from './output.js';

export function addLab(program: Command): void {
  const lab = program
    .command('lab')
    .description('a gateway with clients and backends, as network namespaces on this host')
    .exitOverride();
  lab
    .command('up')
    .description('bring it up and leave it running')
    .exitOverride()
    .action(async () => {
      const { labUp } = await import('../lab/main.js');
      const { gateway } = await labUp();
      await printLine(`The lab is up. Look at it with: sluice --socket ${gateway.socket} status`);
      await printLine('End it with: sluice lab down');
    });
  lab
    .command('down')
    .description('remove it')
    .exitOverride()
    .action(async () => {
      const { labDown } = await import('../lab/main.js');
      await printLine((await labDown()) ? 'The lab is gone.' : 'There was no lab.');
    });
}
