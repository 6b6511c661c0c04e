/** sluice backup, sluice restore */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SluiceError } from '../model/errors.js';
import type { Cli } from './cli.js';
import { CompletableArgument, fileOption } from './completion/candidates.js';
import { HOST_FILE } from './connection/defaults.js';
import { type Format, formatOption } from './terminal.js';

interface Flags {
  config: string;
  output: Format;
}

export function addBackup(program: Command, { terminal }: Cli): void {
  program
    .command('backup')
    .description('copy everything that is configured to a file, while the daemon runs')
    .addArgument(new CompletableArgument('<file>', 'must not exist', { kind: 'files' }))
    .addOption(configOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
The file has the secrets of users in it, hashed; only its owner may read it. Run it on the gateway, as root.

Examples:
  sluice backup /var/backups/sluice-monday.db`,
    )
    .action(async (file: string, { config, output }: Flags) => {
      const store = await storeOf(config);
      const { writeBackup } = await import('../store/backup.js');
      terminal.progress(`copying ${store}`);
      await writeBackup(store, file).finally(() => terminal.clearProgress());
      await terminal.print(output, { file }, () => [`wrote ${file}`]);
    });
}

export function addRestore(program: Command, { terminal }: Cli): void {
  program
    .command('restore')
    .description('put a backup in the place of what is configured, while the daemon is stopped')
    .addArgument(new CompletableArgument('<file>', 'what backup has written', { kind: 'files' }))
    .addOption(configOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Everything is checked first. What was configured before is kept beside it, under a name that is printed.

Examples:
  systemctl stop sluice && sluice restore /var/backups/sluice-monday.db && systemctl start sluice`,
    )
    .action(async (file: string, { config, output }: Flags) => {
      const state = await stateDirectory(config);
      const { restoreBackup } = await import('../store/restore.js');
      terminal.progress(`checking ${file}`);
      const restored = await (async () => restoreBackup(file, state))().finally(() => terminal.clearProgress());
      const { loadbalancers, previous } = restored;
      await terminal.print(output, restored, () => [
        `restored ${loadbalancers} load balancer${loadbalancers === 1 ? '' : 's'}; they run once the daemon is started`,
        ...(previous === null ? [] : [`what was configured before is in ${previous}`]),
      ]);
    });
}

function configOption() {
  return fileOption('-c, --config <file>', 'host file').default(HOST_FILE);
}

/** The store of the gateway of a host file. @throws SluiceError `not_found` when there is none */
async function storeOf(config: string): Promise<string> {
  const state = await stateDirectory(config);
  const { STORE_FILE } = await import('../store/sqlite-store.js');
  const store = join(state, STORE_FILE);
  if (!existsSync(store)) {
    throw new SluiceError(
      'not_found',
      `there is nothing to back up: ${store} does not exist; does the daemon run by ${config}?`,
    );
  }
  return store;
}

/** Loaded only where it is needed, like the store: other commands shall not wait for them. */
async function stateDirectory(config: string): Promise<string> {
  const { loadHostFile } = await import('../config/host-file.js');
  return (await loadHostFile(config)).gateway.state_dir;
}
