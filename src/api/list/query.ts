/** What a list request asks for: Octavia's filters, tags, order, page and fields, read from the query string, all faults at once. */

import { type Fault, SluiceError } from '../../model/errors.js';
import { nearest } from '../../schema/faults.js';
import type { View } from './view.js';

/** A query string as the HTTP server parses it: repeated names are lists. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface TagQuery {
  /** Objects with all of them, with any of them. */
  all: readonly string[];
  any: readonly string[];
  /** Objects that do not have all of them, that have none of them. */
  notAll: readonly string[];
  notAny: readonly string[];
}

export interface SortKey {
  name: string;
  descending: boolean;
}

export interface ListQuery {
  /** Values an attribute may have, by name; all names have to match. */
  filters: ReadonlyMap<string, readonly string[]>;
  tags: TagQuery | undefined;
  sort: readonly SortKey[];
  /** Undefined: no limit. */
  limit: number | undefined;
  /** Key of the last object of the page before. */
  marker: string | undefined;
  /** The page before the marker instead of the one after it. */
  reverse: boolean;
  /** Undefined: all. */
  fields: ReadonlySet<string> | undefined;
}

const TAG_NAMES: Readonly<Record<string, keyof TagQuery>> = {
  tags: 'all',
  'tags-any': 'any',
  'not-tags': 'notAll',
  'not-tags-any': 'notAny',
};
const PAGE_NAMES = ['limit', 'marker', 'page_reverse', 'sort', 'sort_key', 'sort_dir', 'fields'];

/**
 * @param own names the request itself reads, which are no filters
 * @param maxLimit most objects in one answer; undefined: any number
 * @throws SluiceError `invalid_configuration` with every fault
 */
export function readListQuery<T>(
  query: Query,
  view: View<T>,
  { own = [], maxLimit }: { own?: readonly string[]; maxLimit?: number | undefined } = {},
): ListQuery {
  const reader = new QueryReader(query, view, own);
  const limit = reader.limit();
  const list: ListQuery = {
    filters: reader.filters(),
    tags: reader.tags(),
    sort: reader.sort(),
    limit: maxLimit === undefined ? limit : Math.min(limit ?? maxLimit, maxLimit),
    marker: reader.single('marker'),
    reverse: reader.flag('page_reverse'),
    fields: readFields(query),
  };
  reader.finish();
  return list;
}

/** `fields=id&fields=name` or `fields=id,name`; names that do not exist are left out, as Octavia does. Undefined: all. */
export function readFields(query: Query): ReadonlySet<string> | undefined {
  const names = split(query.fields);
  return names.length === 0 ? undefined : new Set(names);
}

/** `true`, `True`, `1` and their counterparts; undefined: neither. */
export function parseFlag(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return true;
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return false;
    default:
      return undefined;
  }
}

/** Values of one name, in lists separated by commas too. */
function split(value: Query[string]): string[] {
  return values(value)
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '');
}

function values(value: Query[string]): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

class QueryReader<T> {
  readonly #query: Query;
  readonly #view: View<T>;
  readonly #own: readonly string[];
  readonly #faults: Fault[] = [];

  constructor(query: Query, view: View<T>, own: readonly string[]) {
    this.#query = query;
    this.#view = view;
    this.#own = own;
  }

  filters(): Map<string, readonly string[]> {
    const { attributes, filters = {} } = this.#view;
    const known = [...Object.keys(attributes), ...Object.keys(filters)];
    const others = new Set([...PAGE_NAMES, ...this.#own, ...('tags' in attributes ? Object.keys(TAG_NAMES) : [])]);
    const found = new Map<string, readonly string[]>();
    for (const [name, value] of Object.entries(this.#query)) {
      if (others.has(name)) {
        continue;
      }
      if (known.includes(name)) {
        found.set(name, values(value));
        continue;
      }
      const meant = nearest(name, known);
      this.#fault('unknown_field', name, `${this.#view.many} have no attribute ${name} to filter by`, [
        meant ? `did you mean ${meant}?` : `filters: ${known.join(', ')}`,
      ]);
    }
    return found;
  }

  tags(): TagQuery | undefined {
    if (!('tags' in this.#view.attributes) || !Object.keys(TAG_NAMES).some((name) => name in this.#query)) {
      return undefined;
    }
    const read = Object.entries(TAG_NAMES).map(([name, part]) => [part, split(this.#query[name])]);
    return Object.fromEntries(read) as Record<keyof TagQuery, string[]>;
  }

  /** `sort=name:desc,id`, or `sort_key` and `sort_dir` side by side. */
  sort(): SortKey[] {
    const pairs = split(this.#query.sort);
    const directions = split(this.#query.sort_dir);
    const written =
      pairs.length > 0
        ? pairs.map((pair) => pair.split(':'))
        : split(this.#query.sort_key).map((name, index) => [name, directions[index] ?? 'asc']);
    return written.map(([name = '', direction = 'asc', ...rest]) => {
      if (!Object.hasOwn(this.#view.attributes, name) || rest.length > 0) {
        const meant = nearest(name, Object.keys(this.#view.attributes));
        this.#fault('invalid', 'sort', `${[name, direction, ...rest].join(':')} is not a sort key`, [
          meant
            ? `did you mean ${meant}?`
            : `write one of ${Object.keys(this.#view.attributes).join(', ')}, and :asc or :desc`,
        ]);
      } else if (!['asc', 'desc'].includes(direction.toLowerCase())) {
        this.#fault('invalid', 'sort', `${direction} is not a direction`, ['write asc or desc']);
      }
      return { name, descending: direction.toLowerCase() === 'desc' };
    });
  }

  /** Numbers below 1 and `infinite` mean no limit, as in Octavia. */
  limit(): number | undefined {
    const text = this.single('limit');
    if (text === undefined || text === 'infinite') {
      return undefined;
    }
    if (!/^-?\d{1,9}$/.test(text)) {
      this.#fault('invalid', 'limit', `${text} is not a number`, ['write how many objects a page may have']);
      return undefined;
    }
    return Number(text) < 1 ? undefined : Number(text);
  }

  flag(name: string): boolean {
    const text = this.single(name);
    const flag = text === undefined ? false : parseFlag(text);
    if (flag === undefined) {
      this.#fault('invalid', name, `${text} is neither true nor false`, ['write True or False']);
    }
    return flag ?? false;
  }

  single(name: string): string | undefined {
    const [text, ...more] = values(this.#query[name]);
    if (more.length > 0) {
      this.#fault('invalid', name, 'is there more than once', ['write it once']);
    }
    return text;
  }

  finish(): void {
    if (this.#faults.length > 0) {
      throw SluiceError.fromFaults(this.#faults, 'request');
    }
  }

  #fault(code: Fault['code'], path: string, message: string, [suggestion]: [string]): void {
    this.#faults.push({ code, path, message, suggestion });
  }
}
