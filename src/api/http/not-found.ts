/** What is answered where no route fits: 405 with the methods that do where the path is right, else 404. */
import { HttpRefusal } from './errors.js';
import type { RouteGroup } from './paths.js';

/**
 * @param routed path without query that no route was found for
 * @param written the path as the client wrote it
 */
export function refuseUnknown(
  groups: readonly RouteGroup[],
  method: string,
  { routed, written }: { routed: string; written: string },
): HttpRefusal {
  const allowed = allowedMethods(groups, routed);
  if (allowed.length > 0) {
    const names = allowed.join(', ');
    return new HttpRefusal(405, `${written} does not take ${method}; it takes ${names}`, { allow: names });
  }
  return new HttpRefusal(404, `there is nothing at ${written}; /openapi.json lists what there is`);
}

function allowedMethods(groups: readonly RouteGroup[], path: string): string[] {
  const wanted = partsOf(path);
  const methods = groups.flatMap(({ prefix, routes }) =>
    routes.filter((route) => fits(partsOf(`${prefix}${route.path}`), wanted)).map(({ method }) => method),
  );
  return [...new Set<string>(methods)].sort();
}

function partsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((part, i) => part.startsWith(':') || part === path[i]);
}
