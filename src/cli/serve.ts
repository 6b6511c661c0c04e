/** sluice serve, sluice detach */
import type { Command } from 'commander';
import type { Cli } from './cli.js';
import { fileOption } from './completion/candidates.js';
import { HOST_FILE } from './connection/defaults.js';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the gateway on this host')
    .addOption(fileOption('-c, --config <file>', 'host file').default(HOST_FILE))
    .option('--discard-sessions', 'replace tables of another layout or size, losing all sessions', false)
    .addHelpText(
      'after',
      `
Stops on SIGTERM and SIGINT; the data plane goes on balancing without it, and the next start adopts it.

The first start prints the password of the user admin, unless the host file names a file with one. docs/operating.md
explains the host file, examples/sluice.yaml is one.

Examples:
  sluice serve
  sluice serve --config ./sluice.yaml
  sluice serve --discard-sessions      after gateway.sessions was changed`,
    )
    .action(async (options: { config: string; discardSessions: boolean }) => {
      const { serve } = await daemon();
      await serve(options);
    });
}

export function addDetach(program: Command, { terminal }: Cli): void {
  program
    .command('detach')
    .description('take a stopped gateway off its interfaces, forgetting all sessions')
    .addOption(fileOption('-c, --config <file>', 'host file').default(HOST_FILE))
    .addHelpText(
      'after',
      `
Removes the XDP links and pinned tables, and puts kernel parameters back. Stop the daemon first.

Examples:
  sluice detach
  sluice detach --config ./sluice.yaml`,
    )
    .action(async ({ config }: { config: string }) => {
      const { detach } = await daemon();
      const interfaces = await detach(config);
      await terminal.line(interfaces.length > 0 ? `detached from ${interfaces.join(', ')}` : 'nothing was attached');
    });
}

/** Loaded only where it is needed: the other commands shall not wait for a server they do not run. */
async function daemon() {
  return await import('../daemon/serve.js');
}
