#!/usr/bin/env node
/** The command `sluice`: one table of sub-commands, one place where they fail. */
import { Command } from 'commander';
import { packageVersion } from '../daemon/version.js';
import { addApply } from './apply.js';
import { addExplain } from './explain.js';
import { EXIT, exitCodeOf, messageOf } from './failure.js';
import { addLab } from './lab.js';
import { addDetach, addServe } from './serve.js';
import { addSessions } from './sessions.js';
import { addStatus } from './status.js';
import { addTop } from './top.js';

const COMMANDS = [addServe, addApply, addStatus, addSessions, addTop, addExplain, addDetach, addLab];

async function main(): Promise<void> {
  const program = new Command('sluice')
    .description('A cloud-class load balancer for Linux hosts')
    .version(await packageVersion())
    .option('--socket <path>', "the daemon's Unix socket; default: $SLUICE_SOCKET, else the host file's api.socket")
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  sluice serve --config /etc/sluice/sluice.yaml
  sluice apply -f web.yaml --dry-run
  sluice status
  sluice sessions --client 198.51.100.7

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 no daemon answers`,
    );
  for (const add of COMMANDS) {
    add(program);
  }
  for (const command of program.commands) {
    command.exitOverride();
  }
  await program.parseAsync();
}

// A reader such as head has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    process.exit(EXIT.ok);
  }
  throw error;
});

try {
  await main();
} catch (error) {
  const message = messageOf(error);
  if (message !== undefined) {
    process.stderr.write(`${message}\n`);
  }
  process.exitCode = exitCodeOf(error);
}
