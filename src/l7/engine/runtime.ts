/** Carries out the steps of a plan on a running worker. */
import type { ProxyServer } from '../proxy-config.js';
import type { Cli } from './cli-connection.js';
import { addServer, type Command, type Step, setAddress, setState, setWeight, wireText } from './commands.js';
import type { Leftovers } from './leftovers.js';

/** A command that did not do what it was sent for. */
export class CommandRefused extends Error {
  constructor(command: Command, answer: string) {
    super(`HAProxy answered "${command.text}" with: ${answer.replace(/\s+/g, ' ').slice(0, 300) || 'nothing'}`);
    this.name = 'CommandRefused';
  }
}

/**
 * Sends commands at once and looks at every answer.
 * @returns the answers
 * @throws CommandRefused for the first that failed; those after it were carried out nevertheless
 */
export async function send(cli: Cli, commands: readonly Command[]): Promise<string[]> {
  const answers = await cli.ask(commands.map(wireText));
  for (const [index, command] of commands.entries()) {
    if (!command.success.test(answers[index]!)) {
      throw new CommandRefused(command, answers[index]!);
    }
  }
  return answers;
}

/**
 * @param leftovers takes servers that are to go, and gives back those that come again
 * @returns how many commands were sent
 * @throws CommandRefused, or the connection's error; then only a reload brings HAProxy to a known state
 */
export async function carryOut(cli: Cli, steps: readonly Step[], leftovers: Leftovers): Promise<number> {
  let count = 0;
  let batch: Command[] = [];
  const removed = new Map<string, ProxyServer>();
  const flush = async (commands: readonly Command[]) => {
    count += commands.length;
    return send(cli, commands);
  };
  for (const step of steps) {
    if (step.kind === 'command') {
      batch.push(step.command);
    } else if (step.kind === 'add') {
      batch.push(...addition(step, leftovers));
    } else if (step.kind === 'remove') {
      batch.push(setState(step.key, 'maint'));
      removed.set(step.key, step.server);
    } else {
      const answers = await flush([...batch, step.command]);
      batch = [...step.next(answers.at(-1)!)];
    }
  }
  await flush(batch);
  leftovers.add(removed);
  return count;
}

/** A server that waits for its last connections is taken back: its name is not free. */
function addition({ key, server, id }: Step & { kind: 'add' }, leftovers: Leftovers): Command[] {
  const ready = server.up ? [setState(key, 'ready')] : [];
  if (leftovers.takeBack(key, server)) {
    return [setAddress(key, server), setWeight(key, server.weight), ...ready];
  }
  return [addServer(key, server, id), ...ready];
}
