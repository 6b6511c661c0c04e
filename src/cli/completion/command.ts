/** sluice completion, and the hidden command that completion scripts ask. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import type { Cli } from '../cli.js';
import { Context } from '../verbs/context.js';
import { type Completion, complete, type Offer } from './complete.js';
import { COMPLETE_COMMAND, FILES_LINE, SCRIPTS, SHELLS, type Shell } from './scripts.js';

/** How long somebody who pressed Tab waits for names, ms. */
const PATIENCE = 2000;

export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and names')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Names come from the gateway that the command line or the environment names.

Examples:
  source <(sluice completion bash)                # in ~/.bashrc
  source <(sluice completion zsh)                 # in ~/.zshrc, after compinit
  sluice completion fish | source                 # in ~/.config/fish/config.fish`,
    )
    .action(async (shell: Shell) => {
      await cli.terminal.copy([SCRIPTS[shell]]);
    });
  const words = new Command(COMPLETE_COMMAND).argument('[word...]').action(async (written: string[]) => {
    const reach = async (command: Command): Promise<Context> =>
      new Context(await cli.client(command), cli.terminal, cli.world);
    await cli.terminal.copy([offerText(await inTime(complete(program, written, reach)))]);
  });
  program.addCommand(words.copyInheritedSettings(program), { hidden: true });
}

/** Whoever pressed Tab cannot be told of errors: without names there is nothing to offer. */
async function inTime(offer: Promise<Offer>): Promise<Offer> {
  const giveUp = new AbortController();
  const late = sleep(PATIENCE, [] as Completion[], { signal: giveUp.signal }).catch(() => []);
  try {
    return await Promise.race([offer.catch(() => []), late]);
  } finally {
    giveUp.abort();
  }
}

function offerText(offer: Offer): string {
  if (offer === 'files') {
    return `${FILES_LINE}\n`;
  }
  return offer.map(({ word, help }) => `${word}\t${help}\n`).join('');
}
