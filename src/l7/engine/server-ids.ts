/**
 * Ids of servers that follow from their names. HAProxy numbers servers by their place in the file otherwise, and its consistent
 * hash puts a server where its number says: one server less would move the clients of all that stand behind it.
 */
import type { ProxyServer } from '../proxy-config.js';

/** The consistent hash of HAProxy 2.6 multiplies an id by 4,096 in 32 bits: ids that agree in their low 20 bits are one place to it. */
const IDS = 2 ** 20 - 1;

const known = new WeakMap<ReadonlyMap<string, ProxyServer>, ReadonlyMap<string, number>>();

/** Name of each server to its id, 1..1,048,575, unique in its backend. */
export function serverIds(servers: ReadonlyMap<string, ProxyServer>): ReadonlyMap<string, number> {
  const before = known.get(servers);
  if (before !== undefined) {
    return before;
  }
  const taken = new Set<number>();
  const ids = new Map<string, number>();
  for (const name of servers.keys()) {
    let id = hash(name) % IDS;
    while (taken.has(id + 1)) {
      id = (id + 1) % IDS;
    }
    taken.add(id + 1);
    ids.set(name, id + 1);
  }
  known.set(servers, ids);
  return ids;
}

/** FNV-1a with a last round of mixing, so that names that differ in their last digit lie far apart. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    value = Math.imul(value ^ name.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
