/** Objects as tables show them. */

import { SluiceError } from '../../model/errors.js';
import { nearest } from '../../schema/faults.js';
import { ATTRIBUTE_KINDS, typeNamed } from '../resources/index.js';
import type { Column, Json, ResourceType } from '../resources/resource.js';
import { type Column as TableColumn, tableLines } from '../table.js';
import { colourOfStatus, type Paint } from '../terminal.js';
import { isNested, keyOf } from './collection.js';
import { type Labels, type Placed, parentOf } from './labels.js';

/** Entries of a list that a cell has room for. */
const MOST_ENTRIES = 4;

/** Children that `show` names; of more it only says how many. */
const MOST_NAMES = 12;

/** Whose it is. */
export const OWNER: Column = { name: 'project', value: ({ project_id }) => project_id, refers: 'project' };

/** The columns of those names. @throws SluiceError `invalid_configuration` for one that does not exist */
export function columnsNamed(type: ResourceType, names: readonly string[], objects: readonly Placed[]): Column[] {
  const special = specialColumns(type);
  const known = [...new Set([...columnNames(type), ...Object.keys(objects[0]?.object ?? {})])];
  return names.map((name) => {
    // Without a single object nobody knows its attributes.
    if (objects.length > 0 && !known.includes(name)) {
      const meant = nearest(name, known);
      const advice = meant ? `did you mean ${meant}? ` : '';
      throw new SluiceError(
        'invalid_configuration',
        `${type.nouns} have no column "${name}"; ${advice}they have ${known.join(', ')}`,
      );
    }
    return special.find((column) => column.name === name) ?? { name };
  });
}

/** Names of columns that are known without an object. */
export function columnNames(type: ResourceType): string[] {
  const special = specialColumns(type).map(({ name }) => name);
  return [...new Set([...type.columns, ...special, ...type.fields.map(({ name }) => name)])];
}

function specialColumns({ special = [], owned }: ResourceType): readonly Column[] {
  return owned ? [...special, OWNER] : special;
}

/** Looks up the names that columns show instead of ids. */
export async function loadLabels(
  type: ResourceType,
  columns: readonly Column[],
  objects: readonly Placed[],
  labels: Labels,
): Promise<void> {
  for (const column of columns) {
    if (column.name === type.parent?.type) {
      await labels.loadParents(type, objects);
    } else {
      const ids = objects.flatMap(({ object }) => idsOf(column, object));
      for (const kind of kindsOf(column)) {
        await labels.load(kind, ids);
      }
    }
  }
}

/** A table of objects, a row each. */
export function objectLines(
  type: ResourceType,
  columns: readonly Column[],
  objects: readonly Placed[],
  labels: Labels,
  paint: Paint,
): string[] {
  const shown = columns.map((column): TableColumn<Placed> => {
    const value = (placed: Placed): string => cellText(shownValue(type, column, placed, labels));
    return {
      title: column.title ?? column.name.toUpperCase().replaceAll('_', ' '),
      value,
      right: column.right ?? false,
      ...(column.status ? { colour: (placed: Placed) => colourOfStatus(value(placed)) } : {}),
    };
  });
  return tableLines(shown, objects, paint);
}

/** What a column shows of an object, with names for ids. */
export function shownValue(type: ResourceType, column: Column, placed: Placed, labels: Labels): unknown {
  const { parent } = type;
  if (parent && column.name === parent.type) {
    const id = parentOf(type, placed);
    return id === undefined ? null : labels.path(typeNamed(parent.type), id);
  }
  if (!column.refers) {
    return column.value ? column.value(placed.object) : placed.object[column.name];
  }
  const kinds = kindsOf(column);
  const nameOf = (id: string) => kinds.map((kind) => labels.name(kind, id)).find((label) => label !== id) ?? id;
  const names = idsOf(column, placed.object).map(nameOf);
  return names.length === 0 ? null : names.join(', ');
}

/** The kinds of objects that a column has ids of. */
function kindsOf({ refers = [] }: Column): ResourceType[] {
  return [refers].flat().map((kind) => typeNamed(kind));
}

function idsOf({ value, name }: Column, object: Json): string[] {
  const ids = value ? value(object) : object[name];
  return (Array.isArray(ids) ? ids : [ids]).filter((id) => typeof id === 'string' && id !== '');
}

/** A value in a cell: short, and never empty, so that columns can be told apart. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined || value === '') {
    return '-';
  }
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no';
  }
  if (Array.isArray(value)) {
    const texts = value.slice(0, MOST_ENTRIES).map(entryText);
    const more = value.length > MOST_ENTRIES ? `, … ${value.length} in all` : '';
    return value.length === 0 ? '-' : texts.join(', ') + more;
  }
  return typeof value === 'object' ? entryText(value) : oneLine(String(value));
}

/** A text of several lines by its first. */
function oneLine(text: string): string {
  const [first = '', ...more] = text.trimEnd().split('\n');
  return more.length === 0 ? text : `${first} … ${more.length + 1} lines`;
}

function entryText(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  const { id, name } = value as { id?: unknown; name?: unknown };
  if (name !== undefined || id !== undefined) {
    return String(name ?? id);
  }
  const entries = Object.entries(value).filter(([, part]) => part !== null);
  return entries.map(([key, part]) => `${key}=${cellText(part)}`).join(' ') || '-';
}

/** Attributes that a person need not see: other names of some, and addresses for programs. */
const HIDDEN = new Set(['tenant_id', 'load_balancer', 'health_monitor', 'links']);

/** One object, an attribute a line; ids with the names of what they mean. */
export async function attributeLines(
  type: ResourceType,
  placed: Placed,
  labels: Labels,
  paint: Paint,
): Promise<string[]> {
  const parent = type.parent && isNested(type) && placed.parentId ? { [type.parent.type]: placed.parentId } : {};
  const { name: ownName, ...others } = placed.object;
  const named = ownName === undefined ? {} : { name: ownName };
  const rows = Object.entries({ ...parent, ...named, ...others }).filter(([name]) => !HIDDEN.has(name));
  const shown: [string, string][] = [];
  // One after another: labels that are being loaded are not waited for twice.
  for (const [name, value] of rows) {
    shown.push([name, await attributeText(name, value, type, labels)]);
  }
  const columns: TableColumn<[string, string]>[] = [
    { title: 'ATTRIBUTE', value: ([name]) => name },
    {
      title: 'VALUE',
      value: ([, text]) => text,
      colour: ([name, text]) => (name.endsWith('_status') ? colourOfStatus(text) : undefined),
    },
  ];
  return tableLines(columns, shown, paint);
}

async function attributeText(name: string, value: unknown, type: ResourceType, labels: Labels): Promise<string> {
  const refers = ATTRIBUTE_KINDS[name] ?? (name === type.parent?.type ? name : undefined);
  const ids = (Array.isArray(value) ? value : [value])
    .map((entry: unknown) => (entry as { id?: unknown } | null)?.id ?? entry)
    .filter((id) => typeof id === 'string' && id !== '');
  if (!refers || refers === type.name || ids.length === 0 || ids.length > MOST_NAMES) {
    return isListOfIds(value) ? String(value.length) : cellText(value);
  }
  const kind = typeNamed(refers);
  await labels.load(kind, ids as string[]);
  const texts = (ids as string[]).map((id) => {
    const label = labels.name(kind, id);
    return label === id ? id : `${label} (${id})`;
  });
  return texts.join(', ');
}

/** Children that have no names to show: `[{ "id": … }]`. */
function isListOfIds(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => Object.keys(entry ?? {}).join() === 'id');
}

/** What `-q` prints. */
export function idLines(type: ResourceType, objects: readonly Placed[]): string[] {
  return objects.map(({ object }) => keyOf(type, object));
}
