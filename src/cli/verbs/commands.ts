/** The commands `get`, `show`, `create`, `set`, `unset` and `delete`, each with a sub-command for every kind of resource. */
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { CompletableArgument, CompletableOption } from '../completion/candidates.js';
import { RESOURCES } from '../resources/index.js';
import type { ResourceType, Verb } from '../resources/resource.js';
import { pairOf, readPositive } from '../resources/values.js';
import { formatOption } from '../terminal.js';
import { runDelete, runSet, runUnset } from './change.js';
import { Context } from './context.js';
import { runCreate } from './create.js';
import { runGet, runShow } from './get.js';
import { addFieldOptions } from './options.js';
import { columnNames } from './present.js';

/** Says of a verb what it does, adds what it takes, and runs it. */
interface VerbDescription {
  about: string;
  /** What it does to a kind, as in `list load balancers`. */
  summary: (type: ResourceType) => string;
  add: (command: Command, type: ResourceType) => void;
  run: (context: Context, type: ResourceType, names: string[], flags: never) => Promise<void>;
}

const VERB_TABLE: Record<Verb, VerbDescription> = {
  get: {
    about: 'list resources',
    summary: ({ nouns }) => `list ${nouns}`,
    add: addGet,
    run: async (context, type, [below], flags) => await runGet(context, type, below, flags),
  },
  show: {
    about: 'show everything about a resource',
    summary: ({ noun }) => `show ${articleOf(noun)} ${noun}`,
    add: addShow,
    run: runShow,
  },
  create: {
    about: 'make a resource',
    summary: ({ noun }) => `make ${articleOf(noun)} ${noun}`,
    add: addCreate,
    run: runCreate,
  },
  set: {
    about: 'change a resource',
    summary: ({ noun }) => `change ${articleOf(noun)} ${noun}`,
    add: (command, type) => addChange(command, type, 'set'),
    run: runSet,
  },
  unset: {
    about: 'put attributes of a resource back to their defaults',
    summary: ({ noun }) => `put attributes of ${articleOf(noun)} ${noun} back to their defaults`,
    add: (command, type) => addChange(command, type, 'unset'),
    run: runUnset,
  },
  delete: {
    about: 'remove a resource',
    summary: ({ noun }) => `remove ${articleOf(noun)} ${noun}`,
    add: addDelete,
    run: runDelete,
  },
};

/** Adds a verb with its sub-commands. */
export function addVerb(program: Command, cli: Cli, verb: Verb): Command {
  const { about, summary, add, run } = VERB_TABLE[verb];
  const parent = program.command(verb).description(about).usage('RESOURCE [options]');
  for (const type of RESOURCES.filter(({ verbs }) => verbs.includes(verb))) {
    const command = parent
      .command(type.name)
      .aliases([...type.aliases])
      .summary(summary(type));
    command.description(`${summary(type)[0]?.toUpperCase()}${summary(type).slice(1)}. ${type.about}`);
    add(command, type);
    command.addHelpText('after', exampleText(type, verb));
    command.action(async (...all: unknown[]) => {
      const [names = [], flags] = command.registeredArguments.length === 0 ? [[], all[0]] : all;
      const written = typeof names === 'string' ? [names] : (names as string[]);
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      await run(context, type, written, flags as never);
    });
  }
  return parent;
}

function addGet(command: Command, type: ResourceType): void {
  addParent(command, type, `only of this ${type.parent?.type}`);
  addFieldOptions(command, type, 'get');
  command.option('--filter <attribute=value>', 'only with this value; may be repeated', collect(pairOf));
  if (type.owned) {
    command.addOption(referring('--project <project>', 'only of this project', 'project'));
    command.option('--all-projects', 'of every project that you may see');
  }
  command.addOption(columnsOption(type));
  if (!type.unsorted) {
    command.option('--sort <attribute[:desc],…>', 'in this order', collect());
  }
  command.option('--limit <number>', 'at most so many', readPositive, type.defaultLimit);
  addOutput(command, 'only print ids');
}

function addShow(command: Command, type: ResourceType): void {
  const [open, close] = type.whole === undefined ? '<>' : '[]';
  command
    .addArgument(objectArgument(`${open}name...${close}`, type))
    .addOption(columnsOption(type))
    .addOption(formatOption());
}

function addCreate(command: Command, type: ResourceType): void {
  const isParents = type.naming === 'parent' || type.naming === 'id';
  const what = isParents ? `name or id of its ${type.parent?.type}` : callingOf(type);
  const candidates = type.parent
    ? ({ kind: 'objects', type: type.parent.type } as const)
    : ({ kind: 'words', words: [] } as const);
  const name = type.naming === 'endpoint' ? '[name...]' : '[name]';
  command.addArgument(new CompletableArgument(name, what, candidates));
  addParent(command, type, `${type.parent?.type} that it goes to, unless the name says so`, false);
  addFieldOptions(command, type, 'create');
  addWait(command, type);
  addOutput(command, 'only print the id');
}

function addChange(command: Command, type: ResourceType, verb: 'set' | 'unset'): void {
  command.addArgument(objectArgument('<name...>', type));
  addFieldOptions(command, type, verb);
  addWait(command, type);
  addOutput(command, 'only print ids');
}

function addDelete(command: Command, type: ResourceType): void {
  command.addArgument(objectArgument('<name...>', type));
  if (type.cascade) {
    command.option('--cascade', 'also what refuses it otherwise: everything below it, or a binding');
  }
  command.option('--if-exists', 'one that is not there is no failure');
  addWait(command, type);
  addOutput(command, 'only print ids');
}

/** `--loadbalancer`; for lists also as an argument. */
function addParent(command: Command, type: ResourceType, help: string, argument = true): void {
  if (!type.parent) {
    return;
  }
  const { type: parent, short } = type.parent;
  if (argument) {
    const text = `${parent} whose ${type.nouns} to list`;
    command.addArgument(new CompletableArgument(`[${parent}]`, text, { kind: 'objects', type: parent }));
  }
  command.addOption(referring(`${short ? `--${short}, ` : ''}--${parent} <${parent}>`, help, parent));
}

function addWait(command: Command, { stateful }: ResourceType): void {
  if (stateful) {
    command.option('--wait', 'until the data plane has it');
    command.option('--wait-timeout <seconds>', 'how long at most', readPositive, 300);
  }
}

function addOutput(command: Command, quiet: string): void {
  command.option('-q, --quiet', quiet).addOption(formatOption());
}

function columnsOption(type: ResourceType): CompletableOption {
  const option = new CompletableOption('--columns <attribute,…>', 'only these, in this order');
  return option.argParser(collect()).completes({ kind: 'list', words: columnNames(type) });
}

function objectArgument(name: string, type: ResourceType): CompletableArgument {
  return new CompletableArgument(name, `id or ${callingOf(type)}`, {
    kind: 'objects',
    type: type.calledBy ?? type.name,
  });
}

function referring(flags: string, help: string, type: string): CompletableOption {
  return new CompletableOption(flags, help).completes({ kind: 'objects', type });
}

/** How people call one: `LB/NAME`. */
function callingOf({ naming, parent, calledBy, key }: ResourceType): string {
  if (calledBy) {
    return `name of its ${calledBy}`;
  }
  const above = parent ? `${ABOVE[parent.type]}/` : '';
  switch (naming) {
    case 'endpoint':
      return `${above}ADDRESS:PORT or ${above}NAME`;
    case 'parent':
      return `name, or ${above.slice(0, -1)}`;
    case 'id':
      return parent ? `${above}ID` : 'id';
    default:
      return key === 'name' || !parent ? 'name' : `${above}NAME`;
  }
}

/** What stands in front of the slash. */
const ABOVE: Readonly<Record<string, string>> = {
  loadbalancer: 'LB',
  pool: 'LB/POOL',
  listener: 'LB/LISTENER',
  l7policy: 'LB/LISTENER/POLICY',
  user: 'USER',
};

function collect<T>(check?: (text: string) => T): (text: string, before: string[] | undefined) => string[] {
  return (text, before) => {
    check?.(text);
    return [...(before ?? []), text];
  };
}

function exampleText({ examples }: ResourceType, verb: Verb): string {
  const written = examples[verb] ?? [];
  const width = Math.max(0, ...written.filter(({ note }) => note).map(({ command }) => command.length));
  const lines = written.map(({ command, note }) => (note ? `  ${command.padEnd(width)}  # ${note}` : `  ${command}`));
  return `\nExamples:\n${lines.join('\n')}`;
}

function articleOf(noun: string): string {
  return /^(?:[aeio]|l7)/i.test(noun) ? 'an' : 'a';
}
