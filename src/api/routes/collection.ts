/** The routes every kind of object has: list, create, show, update, delete. */
import type { Operation } from '../../control/operation.js';
import type { Body } from '../../schema/index.js';
import type { Need } from '../http/access.js';
import { change } from '../http/change.js';
import type { ApiRequest, Parameter, Route, Schema } from '../http/route.js';
import { unwrap } from '../http/unwrap.js';
import { list } from '../list/list.js';
import { readFields, readListQuery } from '../list/query.js';
import { render, type View } from '../list/view.js';
import { FIELDS_PARAMETER, listParameters } from './parameters.js';

/** @typeParam Item what views show: an object, or an object with its place in the tree */
export interface Collection<Item, Create, Patch> {
  /** Kind in audit entries: `l7rule`. */
  kind: string;
  /** With its article: `an L7 rule`. */
  noun: string;
  tag: string;
  /** `/listeners`; a single object is at `/listeners/:listener_id`. */
  path: string;
  param: string;
  view: View<Item>;
  /** Schema of one object. */
  answer: Schema;
  needs: { read: Need; write: Need };
  /** What lists can be narrowed by besides attributes; `items` reads it. */
  narrowing?: readonly Parameter[];
  /** All that the caller sees. */
  items(request: ApiRequest): readonly Item[];
  /** @throws SluiceError `not_found` */
  find(request: ApiRequest, id: string): Item;
  /** Id and name for the audit. */
  label(item: Item): { id: string; name: string | null };
  create?: {
    body: Body<Create>;
    run(request: ApiRequest, input: Create): Operation<Item>;
    /** The answer, where that is not the object's view. */
    show?(item: Item, request: ApiRequest): Record<string, unknown>;
  };
  update?: { body: Body<Patch>; run(request: ApiRequest, id: string, patch: Patch): Operation<Item> };
  delete?: { query?: readonly Parameter[]; run(request: ApiRequest, id: string): Operation<unknown> };
}

/** What the daemon's configuration says about lists. */
export interface ListLimits {
  /** Most objects in one answer; undefined: any number. */
  maxLimit?: number | undefined;
}

export function collectionRoutes<Item, Create, Patch>(
  collection: Collection<Item, Create, Patch>,
  limits: ListLimits,
): Route[] {
  const routes = [
    listRoute(collection, limits),
    createRoute(collection),
    showRoute(collection),
    updateRoute(collection),
    deleteRoute(collection),
  ];
  return routes.filter((route) => route !== undefined);
}

function listRoute<I, C, P>(collection: Collection<I, C, P>, limits: ListLimits): Route {
  const { view, tag, path, needs, answer, items, narrowing = [] } = collection;
  const own = narrowing.map(({ name }) => name);
  return {
    method: 'GET',
    path,
    need: needs.read,
    status: 200,
    tag,
    summary: `List ${words(view.many)}`,
    query: [...listParameters(view), ...narrowing],
    answer: listSchema(view.many, answer),
    handle: (request) => {
      const query = readListQuery(request.query, view, { ...limits, own });
      return { body: list(view, items(request), query, request.control, request.url) };
    },
  };
}

function createRoute<I, C, P>(collection: Collection<I, C, P>): Route | undefined {
  const { create, kind, noun, tag, path, view, answer, needs, label } = collection;
  return (
    create && {
      method: 'POST',
      path,
      need: needs.write,
      status: 201,
      audited: { action: 'create', kind },
      tag,
      summary: `Create ${noun}`,
      body: rooted(view.one, create.body.schema),
      answer: rooted(view.one, answer),
      handle: async (request) => {
        const input = create.body.read(unwrap(request.body, view.one));
        const body = await change(request, 201, create.run(request, input), (item) => ({
          ...label(item),
          body: { [view.one]: create.show?.(item, request) ?? render(view, item, request.control) },
        }));
        return { body };
      },
    }
  );
}

function showRoute<I, C, P>({ view, noun, tag, path, param, needs, answer, find }: Collection<I, C, P>): Route {
  return {
    method: 'GET',
    path: `${path}/:${param}`,
    need: needs.read,
    status: 200,
    tag,
    summary: `Show ${noun}`,
    query: [FIELDS_PARAMETER],
    answer: rooted(view.one, answer),
    handle: (request) => {
      const item = find(request, request.params[param]!);
      return { body: { [view.one]: render(view, item, request.control, readFields(request.query)) } };
    },
  };
}

function updateRoute<I, C, P>(collection: Collection<I, C, P>): Route | undefined {
  const { update, kind, noun, tag, path, param, view, answer, needs, label } = collection;
  return (
    update && {
      method: 'PUT',
      path: `${path}/:${param}`,
      need: needs.write,
      status: 200,
      audited: { action: 'update', kind },
      tag,
      summary: `Change ${noun}`,
      body: rooted(view.one, update.body.schema),
      answer: rooted(view.one, answer),
      handle: async (request) => {
        const patch = update.body.read(unwrap(request.body, view.one));
        const operation = update.run(request, request.params[param]!, patch);
        const body = await change(request, 200, operation, (item) => ({
          ...label(item),
          body: { [view.one]: render(view, item, request.control) },
        }));
        return { body };
      },
    }
  );
}

function deleteRoute<I, C, P>(collection: Collection<I, C, P>): Route | undefined {
  const { delete: remove, kind, noun, tag, path, param, needs, find, label } = collection;
  return (
    remove && {
      method: 'DELETE',
      path: `${path}/:${param}`,
      need: needs.write,
      status: 204,
      audited: { action: 'delete', kind },
      tag,
      summary: `Delete ${noun}`,
      ...(remove.query ? { query: remove.query } : {}),
      handle: async (request) => {
        const id = request.params[param]!;
        const gone = label(find(request, id));
        await change(request, 204, remove.run(request, id), () => gone);
        return {};
      },
    }
  );
}

/** `{ "listener": … }`. */
export function rooted(root: string, schema: Schema): Schema {
  return { type: 'object', required: [root], properties: { [root]: schema } };
}

/** `{ "listeners": [ … ], "listeners_links": [ … ] }`. */
export function listSchema(many: string, answer: Schema): Schema {
  return {
    type: 'object',
    required: [many, `${many}_links`],
    properties: {
      [many]: { type: 'array', items: answer },
      [`${many}_links`]: {
        type: 'array',
        description: 'The pages before and after.',
        items: {
          type: 'object',
          required: ['rel', 'href'],
          properties: { rel: { type: 'string', enum: ['next', 'previous'] }, href: { type: 'string', format: 'uri' } },
        },
      },
    },
  };
}

function words(name: string): string {
  return name.replaceAll('_', ' ').replace('l7', 'L7 ');
}
