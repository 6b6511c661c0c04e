/** What may come next on a command line: commands, options, values, names of objects. */
import type { Argument, Command, Option } from 'commander';
import { typeNamed } from '../resources/index.js';
import type { ResourceType } from '../resources/resource.js';
import { isNested, list } from '../verbs/collection.js';
import type { Context } from '../verbs/context.js';
import { parentOf } from '../verbs/labels.js';
import { listNested } from '../verbs/names.js';
import { type Candidates, CompletableArgument, CompletableOption } from './candidates.js';

export interface Completion {
  word: string;
  help: string;
}

/** What is offered, or that the shell shall offer files. */
export type Offer = Completion[] | 'files';

/** How the gateway is reached for names; undefined: not at all, names are left out. */
export type Reach = (command: Command) => Promise<Context | undefined>;

/** Objects that are looked at for names. */
const MOST_OBJECTS = 500;

/**
 * @param words of the command line behind the program's name; the last one is being written and may be empty
 * @param reach is called where names are wanted, with the command that the options before belong to
 */
export async function complete(program: Command, words: readonly string[], reach: Reach): Promise<Offer> {
  const current = words.at(-1) ?? '';
  const place = walk(program, words.slice(0, -1));
  const [flag, inline] = splitInline(current);
  const option = inline === undefined ? place.pending : findOption(place.command, flag);
  if (option) {
    const offer = await offerOf(candidatesOf(option), inline ?? current, place.command, reach);
    return inline === undefined || offer === 'files'
      ? offer
      : offer.map((one) => ({ ...one, word: `${flag}=${one.word}` }));
  }
  if (current.startsWith('-') && !place.afterDashes) {
    return matching(optionsOf(place.command), current);
  }
  const { commands } = place.command;
  if (commands.length > 0 && place.operands === 0) {
    return matching(commandsOf(place.command), current);
  }
  return await offerOf(candidatesOf(argumentAt(place)), current, place.command, reach);
}

interface Place {
  command: Command;
  /** Operands before the current word. */
  operands: number;
  /** An option that waits for its value. */
  pending: Option | undefined;
  afterDashes: boolean;
}

function walk(program: Command, words: readonly string[]): Place {
  const place: Place = { command: program, operands: 0, pending: undefined, afterDashes: false };
  for (const word of words) {
    if (place.pending) {
      // Read as the command would, so that --socket and others reach the right gateway.
      place.command.setOptionValue(place.pending.attributeName(), word);
      place.pending = undefined;
    } else if (word === '--') {
      place.afterDashes = true;
    } else if (word.startsWith('-') && !place.afterDashes) {
      const [flag, value] = splitInline(word);
      const option = findOption(place.command, flag);
      place.pending = value === undefined && option?.required ? option : undefined;
      if (value !== undefined && option) {
        place.command.setOptionValue(option.attributeName(), value);
      }
    } else {
      const next = place.command.commands.find((command) => [command.name(), ...command.aliases()].includes(word));
      if (next && place.operands === 0) {
        place.command = next;
      } else {
        place.operands++;
      }
    }
  }
  return place;
}

function splitInline(word: string): [flag: string, value: string | undefined] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, undefined];
}

/** Options of a command, and of the program, which every command takes. */
function allOptions(command: Command): Option[] {
  const above = command.parent ? allOptions(command.parent) : [];
  return [...command.options, ...above].filter(({ hidden }) => !hidden);
}

function findOption(command: Command, flag: string): Option | undefined {
  return allOptions(command).find(({ long, short }) => flag === long || flag === short);
}

function optionsOf(command: Command): Completion[] {
  const options = allOptions(command).flatMap(({ long, description }) =>
    long ? [{ word: long, help: description }] : [],
  );
  return [...options, { word: '--help', help: 'show how it is used' }];
}

function commandsOf(command: Command): Completion[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.map((one) => ({ word: one.name(), help: one.summary() || one.description() }));
}

function argumentAt({ command, operands }: Place): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[operands] ?? (last?.variadic ? last : undefined);
}

function candidatesOf(from: Option | Argument | undefined): Candidates | undefined {
  if (from instanceof CompletableArgument || from instanceof CompletableOption) {
    return from.candidates;
  }
  return from?.argChoices ? { kind: 'words', words: from.argChoices } : undefined;
}

async function offerOf(
  candidates: Candidates | undefined,
  current: string,
  command: Command,
  reach: Reach,
): Promise<Offer> {
  switch (candidates?.kind) {
    case 'files':
      return 'files';
    case 'words':
      return matching(plain(candidates.words), current);
    case 'list': {
      const before = current.slice(0, current.lastIndexOf(',') + 1);
      return matching(plain(candidates.words.map((word) => before + word)), current);
    }
    case 'objects': {
      const context = await reach(command);
      return context ? matching(await pathsOf(context, typeNamed(candidates.type)), current) : [];
    }
    default:
      return [];
  }
}

function plain(words: readonly string[]): Completion[] {
  return words.map((word) => ({ word, help: '' }));
}

/** Case does not matter: choices are written in any. */
function matching(offered: readonly Completion[], current: string): Completion[] {
  const start = current.toLowerCase();
  return offered.filter(({ word }) => word.toLowerCase().startsWith(start));
}

/** What objects are called, with their ids. */
async function pathsOf({ client, labels }: Context, type: ResourceType): Promise<Completion[]> {
  const objects = isNested(type)
    ? await listNested(client, type, undefined, {}, MOST_OBJECTS)
    : (await list(client, type, undefined, {}, MOST_OBJECTS)).map((object) => ({ object }));
  await labels.loadParents(type, objects);
  return objects.flatMap((placed) => {
    const help = parentOf(type, placed) === undefined ? '' : String(placed.object.id ?? '');
    // A member with a name is called by its address and port as well.
    const { name: _name, ...unnamed } = placed.object;
    const words = [labels.pathOf(type, placed)];
    if (type.naming === 'endpoint') {
      words.push(labels.pathOf(type, { ...placed, object: unnamed }));
    }
    return [...new Set(words)].map((word) => ({ word, help }));
  });
}
