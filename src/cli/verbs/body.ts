/** Bodies of requests, made from what was written on the command line. */
import { text } from 'node:stream/consumers';
import { readConfigFile } from '../../config/files.js';
import { SluiceError } from '../../model/errors.js';
import { type Field, flagOf, type Json, type ResourceType, type Verb } from '../resources/resource.js';
import { canonicalCidr, readChoice, readPairs, splitList } from '../resources/values.js';
import { askSecret } from '../secret.js';
import type { Context } from './context.js';
import type { Within } from './names.js';
import { attributeOf, booleanOf, fieldsOf } from './options.js';

export type Flags = Readonly<Record<string, unknown>>;

/** Finds the load balancer that references are looked up in; undefined: anywhere. */
export type Scope = () => Promise<string | undefined>;

/**
 * The fields that options name, with ids for names.
 * @throws SluiceError `not_found` and others for references, `file_unreadable`
 */
export async function readFields(
  context: Context,
  type: ResourceType,
  verb: Verb,
  flags: Flags,
  scope: Scope,
): Promise<Json> {
  const body: Json = {};
  for (const field of fieldsOf(type, verb)) {
    const value = await readField(context, field, flags, scope);
    if (value !== undefined) {
      body[field.name] = value;
    }
  }
  return body;
}

async function readField(context: Context, field: Field, flags: Flags, scope: Scope): Promise<unknown> {
  if (field.kind === 'boolean') {
    return booleanOf(field, flags);
  }
  if (field.kind === 'secret') {
    return await readSecret(context, field, flags);
  }
  const written = flags[attributeOf(field)];
  if (written === undefined) {
    return undefined;
  }
  if (field.read) {
    return field.read(written as string[]);
  }
  if (field.kind === 'file') {
    return await readText(context, String(written));
  }
  if (field.refers && field.kind !== 'list') {
    return await readReference(context, field, String(written), scope);
  }
  if (field.kind === 'pairs') {
    return readPairs(written as string[]);
  }
  return field.kind === 'list' ? await readList(context, field, written as string[], scope) : written;
}

const URL_WITH_ID = /\/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\/?$/i;

async function readReference(context: Context, field: Field, written: string, scope: Scope): Promise<string> {
  if (field.orUrl && URL_WITH_ID.test(written)) {
    return written;
  }
  const scoped = field.sameLoadBalancer && !written.includes('/');
  const within: Within = scoped ? { loadbalancerId: await scope() } : {};
  return await context.names.keyOf(field.refers ?? '', written, within);
}

/** Entries between commas; `@FILE` stands for the lines of a file, those that begin with # are remarks. */
async function readList(context: Context, field: Field, written: readonly string[], scope: Scope): Promise<string[]> {
  const entries: string[] = [];
  for (const entry of splitList(written)) {
    if (field.fromFile && entry.startsWith('@')) {
      const lines = (await readConfigFile(entry.slice(1))).split('\n').map((line) => line.replace(/#.*/, ''));
      entries.push(...splitList(lines));
    } else if (field.refers) {
      entries.push(await readReference(context, field, entry, scope));
    } else {
      entries.push(field.choices ? readChoice(entry, field.choices) : entry);
    }
  }
  return field.blocks ? entries.map(canonicalCidr) : entries;
}

/** The text of a file, `-` for standard input. @throws SluiceError `file_unreadable` */
export async function readText({ world }: Pick<Context, 'world'>, file: string): Promise<string> {
  return file === '-' ? await text(world.input) : await readConfigFile(file);
}

async function readSecret({ world, terminal }: Context, field: Field, flags: Flags): Promise<string | undefined> {
  const file = flags[attributeOf(field, '', 'File')];
  if (flags[attributeOf(field, '', 'Prompt')] === true) {
    return await askSecret(world, terminal, `${field.name}: `);
  }
  if (typeof file === 'string') {
    // The line end belongs to the file, not to the secret.
    return (await readText({ world }, file)).replace(/\r?\n$/, '');
  }
  return flags[attributeOf(field)] as string | undefined;
}

/** Entries that `--add-…` and `--remove-…` name; undefined: the option is not there. */
export async function readEntries(
  context: Context,
  field: Field,
  flags: Flags,
): Promise<Record<'added' | 'removed', string[] | undefined>> {
  const entries = async (prefix: string): Promise<string[] | undefined> => {
    const written = field.entry === undefined ? undefined : flags[attributeOf(field, prefix)];
    return written === undefined
      ? undefined
      : await readList(context, field, written as string[], async () => undefined);
  };
  return { added: await entries('add-'), removed: await entries('remove-') };
}

/** Whether `set` has to know a list before it can change it. */
export function editsList(type: ResourceType, flags: Flags): boolean {
  return fieldsOf(type, 'set').some(
    (field) =>
      field.entry !== undefined &&
      !field.actions &&
      (flags[attributeOf(field, 'add-')] !== undefined || flags[attributeOf(field, 'remove-')] !== undefined),
  );
}

/** Lists that entries were added to and taken from. @throws SluiceError `not_found` for an entry that is not there */
export async function editedLists(context: Context, type: ResourceType, flags: Flags, current: Json): Promise<Json> {
  const lists: Json = {};
  for (const field of fieldsOf(type, 'set').filter(({ entry, actions }) => entry !== undefined && !actions)) {
    const { added, removed } = await readEntries(context, field, flags);
    if (added || removed) {
      lists[field.name] = edited(field, current[field.name], added ?? [], removed ?? []);
    }
  }
  return lists;
}

function edited(field: Field, current: unknown, added: readonly string[], removed: readonly string[]): unknown[] {
  const before: unknown[] = Array.isArray(current) ? current : [];
  const missing = removed.filter((entry) => !before.includes(entry));
  if (missing.length > 0) {
    const there = before.join(', ') || 'none';
    throw new SluiceError('not_found', `${missing.join(', ')} is not among its ${flagOf(field)}, which are: ${there}`);
  }
  return [...new Set([...before.filter((entry) => !removed.includes(String(entry))), ...added])];
}

/** The ways to give a secret that nobody else on this host sees. */
function secretWays(field: Field): string {
  const option = `--${flagOf(field)}`;
  return `${option}-prompt or ${option}-file`;
}

/** Fills in what `create` sends unless it was said otherwise. @throws SluiceError `invalid_configuration` with every option that is missing */
export function completeBody(type: ResourceType, body: Json): Json {
  const complete = { ...body };
  const missing: string[] = [];
  for (const field of type.fields) {
    if (complete[field.name] !== undefined || field.create === false) {
      continue;
    }
    if (field.fallback !== undefined) {
      complete[field.name] = field.fallback;
    } else if (field.create === 'required') {
      missing.push(field.kind === 'secret' ? secretWays(field) : `--${field.short ?? flagOf(field)}`);
    }
  }
  if (missing.length > 0) {
    throw new SluiceError('invalid_configuration', `a new ${type.noun} also needs ${missing.join(', ')}`);
  }
  return complete;
}
