/** What objects are called on the command line: the other way around than {@link Names}. */

import { formatEndpoint } from '../../model/address.js';
import { type ErrorCode, SluiceError } from '../../model/errors.js';
import type { Client } from '../connection/client.js';
import { typeNamed } from '../resources/index.js';
import type { Json, ResourceType } from '../resources/resource.js';
import { isNested, keyOf, list } from './collection.js';

/** An object and, where its own attributes do not tell, the object that it is below. */
export interface Placed {
  object: Json;
  parentId?: string | undefined;
}

/** Ids in one request: more would make too long a URL. */
const CHUNK = 50;

/** Attributes that names and places are made of. */
const FIELDS = ['id', 'name', 'loadbalancers', 'listener_id', 'pools'];

/** Refusals to tell a name: the id has to do. */
const SILENT: ReadonlySet<ErrorCode> = new Set(['permission_denied', 'not_found', 'unauthorized']);

export class Labels {
  readonly #client: Client;
  /** By kind, then by id; null: asked for and not seen. */
  readonly #known = new Map<string, Map<string, Json | null>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Looks up several objects at once, for {@link name} and {@link path}. With `whole`, what they are below, too. */
  async load(type: ResourceType, ids: Iterable<string>, whole = false): Promise<void> {
    const known = this.#of(type);
    const missing = [...new Set(ids)].filter((id) => !known.has(id));
    for (const id of missing) {
      known.set(id, null);
    }
    for (let start = 0; start < missing.length; start += CHUNK) {
      for (const object of await this.#ask(type, missing.slice(start, start + CHUNK))) {
        known.set(keyOf(type, object), object);
      }
    }
    const { parent } = type;
    if (whole && parent?.idsOf) {
      const objects = [...known.values()].filter((object) => object !== null);
      await this.load(
        typeNamed(parent.type),
        objects.flatMap((object) => parent.idsOf?.(object) ?? []),
        true,
      );
    }
  }

  /** Looks up what objects are below. */
  async loadParents(type: ResourceType, objects: readonly Placed[]): Promise<void> {
    if (type.parent) {
      const ids = objects.flatMap((placed) => parentOf(type, placed) ?? []);
      await this.load(typeNamed(type.parent.type), ids, true);
    }
  }

  /** The name of a loaded object, its id where it has none. */
  name(type: ResourceType, id: string): string {
    const object = this.#of(type).get(id);
    return object ? nameOf(type, object) : id;
  }

  /** `web/http` of a loaded object. */
  path(type: ResourceType, id: string): string {
    const object = this.#of(type).get(id);
    return object ? this.pathOf(type, { object }) : id;
  }

  /** `web/app/10.0.0.5:8080` of an object whose parents are loaded. */
  pathOf(type: ResourceType, placed: Placed): string {
    const above = parentOf(type, placed);
    const own = nameOf(type, placed.object);
    if (!type.parent || above === undefined) {
      return own;
    }
    const parent = this.path(typeNamed(type.parent.type), above);
    return type.naming === 'parent' ? parent : `${parent}/${own}`;
  }

  async #ask(type: ResourceType, ids: readonly string[]): Promise<Json[]> {
    // Keystone has no filter for ids, and there are few of what it has.
    const query = type.path.startsWith('/identity/') ? {} : { id: ids, fields: FIELDS };
    try {
      return isNested(type) ? [] : await list(this.#client, type, undefined, query);
    } catch (error) {
      if (error instanceof SluiceError && SILENT.has(error.code)) {
        return [];
      }
      throw error;
    }
  }

  #of(type: ResourceType): Map<string, Json | null> {
    const known = this.#known.get(type.name) ?? new Map<string, Json | null>();
    this.#known.set(type.name, known);
    return known;
  }
}

/** The id of what an object is below. */
export function parentOf(type: ResourceType, { object, parentId }: Placed): string | undefined {
  return parentId ?? type.parent?.idsOf?.(object)[0];
}

/** What an object is called below its parent. */
export function nameOf(type: ResourceType, object: Json): string {
  if (typeof object.name === 'string' && object.name !== '') {
    return object.name;
  }
  if (type.naming === 'endpoint' && typeof object.address === 'string') {
    return formatEndpoint(object.address, Number(object.protocol_port));
  }
  return keyOf(type, object);
}
