/** Options of commands, made from the fields of a resource. */
import type { Command } from 'commander';
import { type Candidates, CompletableOption, fileOption } from '../completion/candidates.js';
import { type Field, flagOf, type ResourceType, takes, type Verb } from '../resources/resource.js';
import { readChoice, readInteger, readNumber, readPairs, splitList } from '../resources/values.js';

/** Adds an option for each field that a verb takes. */
export function addFieldOptions(command: Command, type: ResourceType, verb: Verb): void {
  for (const field of fieldsOf(type, verb)) {
    for (const option of optionsOf(field, verb)) {
      command.addOption(option);
    }
  }
}

/** The fields that have options. A name that stands in the command's arguments has none. */
export function fieldsOf(type: ResourceType, verb: Verb): Field[] {
  const positional = verb === 'create' && type.naming === 'name';
  return type.fields.filter((field) => takes(field, verb) && !(positional && field.name === 'name'));
}

/** The attribute of commander's options that holds a field's value. */
export function attributeOf(field: Field, prefix = '', suffix = ''): string {
  const flag = prefix + (prefix ? (field.entry ?? flagOf(field)) : flagOf(field)) + suffix;
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function optionsOf(field: Field, verb: Verb): CompletableOption[] {
  if (verb === 'unset') {
    return [new CompletableOption(spelling(field), field.help)];
  }
  if (field.kind === 'boolean') {
    return booleanOptions(field);
  }
  if (field.kind === 'secret') {
    return secretOptions(field);
  }
  const value = valueOption(
    `${spelling(field)} <${field.placeholder ?? placeholderOf(field)}>`,
    help(field, verb),
    field,
  );
  if (verb !== 'set' || field.entry === undefined) {
    return [value];
  }
  const { entry } = field;
  return [
    value,
    valueOption(`--add-${entry} <${field.placeholder}>`, `add to its ${flagOf(field)}; may be repeated`, field),
    valueOption(`--remove-${entry} <${field.placeholder}>`, `take from its ${flagOf(field)}; may be repeated`, field),
  ];
}

function help(field: Field, verb: Verb): string {
  return verb === 'create' && field.create === 'required' ? `${field.help} (required)` : field.help;
}

function spelling(field: Field): string {
  const long = `--${flagOf(field)}`;
  return field.short ? `--${field.short}, ${long}` : long;
}

function placeholderOf({ kind, choices, refers, name }: Field): string {
  if (kind === 'file') {
    return 'file';
  }
  if (refers) {
    return refers;
  }
  return choices
    ? name.replace(/^.*_/, '')
    : kind === 'integer' || kind === 'number'
      ? 'number'
      : name.replaceAll('_', '-');
}

/** `--enable` and `--disable` for the state everything has, `--backup` and `--no-backup` for others. */
function booleanOptions(field: Field): CompletableOption[] {
  const isState = field.name === 'admin_state_up' || field.name === 'enabled';
  const [on, off] = isState ? ['--enable', '--disable'] : [spelling(field), `--no-${flagOf(field)}`];
  const opposite = isState ? 'not in use' : `the opposite of --${flagOf(field)}`;
  return [new CompletableOption(on, isState ? 'in use' : field.help), new CompletableOption(off, opposite)];
}

function secretOptions(field: Field): CompletableOption[] {
  const flag = `--${flagOf(field)}`;
  return [
    new CompletableOption(`${flag} <text>`, `${field.help}; other users of this host may see it`),
    fileOption(`${flag}-file <file>`, 'read it from a file, - for standard input'),
    new CompletableOption(`${flag}-prompt`, 'ask for it'),
  ];
}

function valueOption(flags: string, text: string, field: Field): CompletableOption {
  const option = new CompletableOption(flags, text).completes(candidatesOf(field));
  const { choices, kind, read } = field;
  if (choices) {
    option.argChoices = [...choices];
  }
  if (read || kind === 'list' || kind === 'pairs') {
    return option.argParser<string[]>((written, before) => {
      const all = [...(before ?? []), written];
      read?.(all);
      if (kind === 'pairs') {
        readPairs(all);
      }
      if (choices) {
        splitList([written]).map((part) => readChoice(part, choices));
      }
      return all;
    });
  }
  if (choices) {
    const number = kind === 'integer';
    return option.argParser((written) =>
      number ? Number(readChoice(written, choices)) : readChoice(written, choices),
    );
  }
  return kind === 'integer' ? option.argParser(readInteger) : kind === 'number' ? option.argParser(readNumber) : option;
}

function candidatesOf({ choices, refers, kind }: Field): Candidates | undefined {
  if (kind === 'file') {
    return { kind: 'files' };
  }
  if (choices) {
    return { kind: 'words', words: choices };
  }
  return refers ? { kind: 'objects', type: refers } : undefined;
}

/** What `--enable`, `--disable` or the field's own option say; undefined: none was given. */
export function booleanOf(field: Field, flags: Readonly<Record<string, unknown>>): boolean | undefined {
  if (field.name === 'admin_state_up' || field.name === 'enabled') {
    return flags.enable === true ? true : flags.disable === true ? false : undefined;
  }
  return flags[attributeOf(field)] as boolean | undefined;
}
