/**
 * Lists of any kind of object: filter, order, page, render, in this order, so that only what is answered is rendered. The order is
 * by the keys asked for, then by created_at and id where the kind has them.
 */
import { SluiceError } from '../../model/errors.js';
import { type ListQuery, parseFlag, type SortKey, type TagQuery } from './query.js';
import { type Attribute, type Live, renderList, type View } from './view.js';

/** The objects of one page, in order, and whether there are others before and after them. */
export interface Page<T> {
  items: readonly T[];
  before: boolean;
  after: boolean;
}

/**
 * The answer to a list request: `{ loadbalancers: [...], loadbalancers_links: [...] }`.
 * @param url of the request, absolute; links are made from it
 * @throws SluiceError `invalid_configuration` when the marker is not the key of an object
 */
export function list<T>(
  view: View<T>,
  items: readonly T[],
  query: ListQuery,
  live: Live,
  url: URL,
): Record<string, unknown> {
  const page = select(view, items, query, live);
  return {
    [view.many]: renderList(view, page.items, live, query.fields),
    [`${view.many}_links`]: pageLinks(view, page, query, live, url),
  };
}

/** The page of `items` that a query asks for. @throws SluiceError as {@link list} */
export function select<T>(view: View<T>, items: readonly T[], query: ListQuery, live: Live): Page<T> {
  const keys = orderKeys(view, query.sort);
  const sorted = isOfAll(query)
    ? naturalOrder(view, items, live)
    : inOrder(items.filter(matcher(view, query, live)), keys, live);
  const { marker, limit = Number.POSITIVE_INFINITY, reverse } = query;
  if (marker === undefined) {
    const start = reverse ? Math.max(0, sorted.length - limit) : 0;
    return cut(sorted, start, reverse ? sorted.length : limit);
  }
  const found = items.find((item) => view.attributes[view.key]!(item, live) === marker);
  if (found === undefined) {
    throw unknownMarker(view, marker);
  }
  // The marker's own place, or where it would be if the filters let it through.
  const compare = rowComparer([...sorted, found], keys, live);
  const first = sorted.findIndex((_, index) => compare(index, sorted.length) >= 0);
  const place = first === -1 ? sorted.length : first;
  if (reverse) {
    return cut(sorted, Math.max(0, place - limit), place);
  }
  const start = sorted[place] === found ? place + 1 : place;
  return cut(sorted, start, start + limit);
}

/** Whether all items are asked for, in no order in particular. */
function isOfAll({ filters, tags, sort }: ListQuery): boolean {
  return filters.size === 0 && tags === undefined && sort.length === 0;
}

/** Of lists that are the same from one request to the next: sorting ten thousand objects is a third of the work of showing them. */
const naturalOrders = new WeakMap<readonly unknown[], readonly unknown[]>();

/** By what never changes: time of creation and key. */
function naturalOrder<T>(view: View<T>, items: readonly T[], live: Live): readonly T[] {
  const known = naturalOrders.get(items) as readonly T[] | undefined;
  const sorted = known ?? inOrder(items, orderKeys(view, []), live);
  naturalOrders.set(items, sorted);
  return sorted;
}

function cut<T>(sorted: readonly T[], start: number, end: number): Page<T> {
  return { items: sorted.slice(start, end), before: start > 0, after: end < sorted.length };
}

function unknownMarker<T>(view: View<T>, marker: string): SluiceError {
  const fault = {
    code: 'invalid' as const,
    path: 'marker',
    message: `no ${view.one} has the ${view.key} ${marker}`,
    suggestion: `write the ${view.key} of the last object of the page before`,
  };
  return SluiceError.fromFaults([fault], 'request');
}

/** Links to the pages before and after, with everything else the request asked for. */
export function pageLinks<T>(view: View<T>, page: Page<T>, query: ListQuery, live: Live, url: URL): object[] {
  const first = page.items.at(0);
  const last = page.items.at(-1);
  const links: object[] = [];
  const link = (rel: string, item: T, reverse: boolean): void => {
    const params = new URLSearchParams(url.searchParams);
    params.delete('page_reverse');
    params.set('marker', String(view.attributes[view.key]!(item, live)));
    if (query.limit !== undefined) {
      params.set('limit', String(query.limit));
    }
    if (reverse) {
      params.set('page_reverse', 'True');
    }
    links.push({ rel, href: `${url.origin}${url.pathname}?${params}` });
  };
  if (last !== undefined && page.after) {
    link('next', last, false);
  }
  if (first !== undefined && page.before) {
    link('previous', first, true);
  }
  return links;
}

function matcher<T>(view: View<T>, query: ListQuery, live: Live): (item: T) => boolean {
  const tests: ((item: T) => boolean)[] = [];
  for (const [name, wanted] of query.filters) {
    const attribute = (view.attributes[name] ?? view.filters?.[name]) as Attribute<T>;
    tests.push((item) => {
      const value = attribute(item, live);
      return wanted.some((text) => matches(value, text));
    });
  }
  if (query.tags) {
    const { tags } = query;
    tests.push((item) => tagsMatch(view.attributes.tags!(item, live) as readonly string[], tags));
  }
  return (item) => tests.every((test) => test(item));
}

/** A list matches when one of its elements does, an object by its id; empty text and `null` stand for no value. */
function matches(value: unknown, text: string): boolean {
  if (value === null || value === undefined) {
    return text === '' || text === 'null' || text === 'None';
  }
  if (typeof value === 'boolean') {
    return parseFlag(text) === value;
  }
  if (typeof value === 'number') {
    return text.trim() !== '' && Number(text) === value;
  }
  if (Array.isArray(value)) {
    return value.some((element) => matches(element, text));
  }
  return typeof value === 'object' ? (value as { id?: unknown }).id === text : value === text;
}

function tagsMatch(tags: readonly string[], { all, any, notAll, notAny }: TagQuery): boolean {
  const has = (tag: string): boolean => tags.includes(tag);
  return (
    all.every(has) &&
    (any.length === 0 || any.some(has)) &&
    (notAll.length === 0 || !notAll.every(has)) &&
    !notAny.some(has)
  );
}

interface OrderKey<T> {
  attribute: Attribute<T>;
  sign: 1 | -1;
}

/** The keys asked for, then those that make every order complete. */
function orderKeys<T>(view: View<T>, sort: readonly SortKey[]): OrderKey<T>[] {
  const asked = new Set(sort.map(({ name }) => name));
  const last = ['created_at', view.key].filter((name) => Object.hasOwn(view.attributes, name) && !asked.has(name));
  return [...sort, ...last.map((name) => ({ name, descending: false }))].map(({ name, descending }) => ({
    attribute: view.attributes[name]!,
    sign: descending ? -1 : 1,
  }));
}

function inOrder<T>(items: readonly T[], keys: readonly OrderKey<T>[], live: Live): T[] {
  const places = items.map((_, index) => index).sort(rowComparer(items, keys, live));
  return places.map((place) => items[place]!);
}

/** Compares items by their indexes. Values are asked for once: ten thousand items are compared more than a hundred thousand times. */
function rowComparer<T>(
  items: readonly T[],
  keys: readonly OrderKey<T>[],
  live: Live,
): (a: number, b: number) => number {
  const columns = keys.map(({ attribute, sign }) => ({ sign, values: items.map((item) => attribute(item, live)) }));
  return (a, b) => {
    for (const { sign, values } of columns) {
      const order = compareValues(values[a], values[b]);
      if (order !== 0) {
        return order * sign;
      }
    }
    return 0;
  };
}

/** No value comes first; lists and objects have no order of their own. */
function compareValues(a: unknown, b: unknown): number {
  if (a === b) {
    return 0;
  }
  if (a === null || a === undefined) {
    return -1;
  }
  if (b === null || b === undefined) {
    return 1;
  }
  if (typeof a === 'object') {
    return 0;
  }
  return (a as string) < (b as string) ? -1 : 1;
}
