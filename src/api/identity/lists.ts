/** Lists as Keystone gives them: all there is on one page, narrowed down by query parameters. */
import type { FastifyRequest } from 'fastify';

/** One value of a query parameter; undefined: not given. */
export function parameter(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Whether a parameter that needs no value is given, and not as false: `?effective`, `?include_names=True`. */
export function isAsked(request: FastifyRequest, name: string): boolean {
  const value = parameter(request, name);
  return value !== undefined && !/^(false|0)$/i.test(value);
}

/**
 * Objects whose attributes have the values that the query gives; a parameter that none of `filters` is named after is passed over, as
 * Keystone does.
 * @param filters what each parameter is compared with
 */
export function filtered<T>(
  request: FastifyRequest,
  objects: Iterable<T>,
  filters: Readonly<Record<string, (object: T) => string | boolean | null>>,
): T[] {
  const tests = Object.entries(filters).flatMap(([name, attribute]) => {
    const wanted = parameter(request, name);
    return wanted === undefined ? [] : [(object: T) => matches(attribute(object), wanted)];
  });
  return [...objects].filter((object) => tests.every((test) => test(object)));
}

function matches(value: string | boolean | null, wanted: string): boolean {
  return typeof value === 'boolean' ? value === !/^(false|0)$/i.test(wanted) : value === wanted;
}

/** @param url of the list itself */
export function listBody(name: string, items: readonly object[], url: string): object {
  return { [name]: items, links: { self: url, next: null, previous: null } };
}
