/** Collections of the API: their URLs, and lists that are longer than a page. */

import { SluiceError } from '../../model/errors.js';
import type { Client, Query } from '../connection/client.js';
import type { Json, ResourceType } from '../resources/resource.js';

/** Whether the parent's id is part of the URL. */
export function isNested({ parent }: ResourceType): boolean {
  return parent !== undefined && parent.field === undefined;
}

/** @param parentId needed where the parent is part of the URL */
export function collectionPath(type: ResourceType, parentId?: string): string {
  return type.path.replace('{parent}', () => encodeURIComponent(parentId ?? ''));
}

/** @param key what URLs call the object: its id, for some kinds its name */
export function objectPath(type: ResourceType, key: string, parentId?: string): string {
  return `${collectionPath(type, parentId)}/${encodeURIComponent(key)}`;
}

/** What URLs call an object. */
export function keyOf(type: ResourceType, object: Json): string {
  return String(object[type.key ?? 'id']);
}

/** Everything a list request finds, page by page. @param limit at most so many */
export async function list(
  client: Client,
  type: ResourceType,
  parentId: string | undefined,
  query: Query = {},
  limit = Number.POSITIVE_INFINITY,
): Promise<Json[]> {
  const path = collectionPath(type, parentId);
  const all: Json[] = [];
  let marker: string | undefined;
  for (;;) {
    const most = Number.isFinite(limit) ? limit - all.length : undefined;
    const page = await client.get<Json>(path, { ...query, limit: most, marker });
    const items = page?.[type.many];
    if (!Array.isArray(items)) {
      throw new SluiceError('internal', `GET ${path} answered no "${type.many}"; is it a Sluice gateway?`);
    }
    all.push(...(items as Json[]));
    const last = items.at(-1) as Json | undefined;
    if (!last || all.length >= limit || !hasNext(page[`${type.many}_links`])) {
      return all.slice(0, limit);
    }
    marker = keyOf(type, last);
  }
}

function hasNext(links: unknown): boolean {
  return Array.isArray(links) && links.some(({ rel }: { rel: string }) => rel === 'next');
}

/** The object of an answer to a request for one. */
export function objectIn(type: ResourceType, answer: Json | undefined): Json {
  const object = answer?.[type.one];
  if (typeof object !== 'object' || object === null) {
    throw new SluiceError('internal', `the gateway answered no "${type.one}"; is it a Sluice gateway?`);
  }
  return object as Json;
}

/** Runs a job for each item, eight at a time; results in the order of the items. */
export async function forEach<T, R>(items: readonly T[], job: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await job(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(8, items.length) }, work));
  return results;
}
