/** The command tree of `sluice`: one table of sub-commands. */
import { Command } from 'commander';
import { packageVersion } from '../daemon/version.js';
import { addApply } from './apply/command.js';
import { addBackup, addRestore } from './backup.js';
import { addCertificate } from './certificate-import/command.js';
import { Cli } from './cli.js';
import { fileOption } from './completion/candidates.js';
import { addCompletion } from './completion/command.js';
import { addExplain } from './explain.js';
import { addExport } from './export.js';
import { addFailover } from './failover.js';
import { EXIT, exitCodeOf, messageOf } from './failure.js';
import { addLab } from './lab.js';
import { VERBS } from './resources/resource.js';
import { addRoleCommand } from './roles.js';
import { addDetach, addServe } from './serve.js';
import { addSessions } from './sessions.js';
import { addShowHealth } from './show-health.js';
import { addShowStatus } from './show-status.js';
import { addStats } from './stats.js';
import { addStatus } from './status.js';
import { addTop } from './top.js';
import { addVerb } from './verbs/commands.js';
import type { World } from './world.js';

/** Groups of commands, as the help shows them. */
const COMMANDS: ReadonlyArray<[heading: string, adders: ReadonlyArray<(program: Command, cli: Cli) => void>]> = [
  ['Resources:', [addResources, addFailover, addStats]],
  ['Files:', [addApply, addExport, addCertificate, addBackup, addRestore]],
  ['Traffic:', [addStatus, addSessions, addTop, addExplain]],
  ['This host:', [addServe, addDetach, addLab, addCompletion]],
];

/** The whole tree; nothing runs before it is given arguments. */
export async function createProgram(world: World): Promise<Command> {
  const cli = new Cli(world);
  const program = new Command('sluice')
    .description('A cloud-class load balancer for Linux hosts')
    .version(await packageVersion())
    .configureOutput({
      writeOut: (text) => void world.out.write(text),
      writeErr: (text) => void world.err.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(inOurVoice(text)),
    })
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride()
    .optionsGroup('Which gateway:')
    .addOption(fileOption('--socket <path>', "Unix socket of this host's daemon; also $SLUICE_SOCKET"))
    .option('--url <url>', 'a gateway elsewhere, such as http://gw1:9876; also $SLUICE_URL')
    .option('--os-auth-url <url>', 'Keystone that gives the token; also $OS_AUTH_URL')
    .option('--os-cloud <name>', 'entry of clouds.yaml; also $OS_CLOUD')
    .addOption(fileOption('--os-cacert <file>', 'PEM file of authorities to trust; also $OS_CACERT'))
    .option('--insecure', 'take any certificate')
    .optionsGroup('Options:')
    .addHelpText('after', EPILOGUE);
  for (const [heading, adders] of COMMANDS) {
    program.commandsGroup(heading);
    for (const add of adders) {
      add(program, cli);
    }
  }
  program.helpCommand('help [command]', 'show how a command is used');
  return program;
}

function addResources(program: Command, cli: Cli): void {
  for (const verb of VERBS) {
    const command = addVerb(program, cli, verb);
    if (verb === 'show') {
      addShowStatus(command, cli);
      addShowHealth(command, cli);
    } else if (verb === 'create' || verb === 'delete') {
      addRoleCommand(command, verb, cli);
    }
  }
}

/** Wrong usage is told as every other error is. */
function inOurVoice(text: string): string {
  return text.replace(/^error: /, 'sluice: ').replace(/ is invalid\. (?=[a-z])/, ' is invalid; ');
}

const EPILOGUE = `
Without options, commands talk to the daemon of this host over its Unix socket.

Environment:
  SLUICE_SOCKET, SLUICE_URL, SLUICE_TOKEN    which gateway, and a token for it
  OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, OS_APPLICATION_CREDENTIAL_ID,
  OS_APPLICATION_CREDENTIAL_SECRET, OS_CLOUD, OS_CACERT ...    as for the OpenStack client

Examples:
  sluice create lb web --vip 198.18.0.10
  sluice get members web/app
  sluice apply -f web.yaml --dry-run
  sluice show status web
  sluice sessions --client 198.51.100.7

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 no gateway answers, 4 no such object`;

/** Runs a command line, without the name of the program; resolves to the exit code. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    const program = await createProgram(world);
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    const message = messageOf(error, world.env);
    if (message !== undefined) {
      world.err.write(`${message}\n`);
    }
    return exitCodeOf(error);
  }
}
