/** Finds objects by what people write: a name, an id, a path such as `web/http`, a member's address and port. */

import { addressFamily, parseAddress } from '../../model/address.js';
import { SluiceError } from '../../model/errors.js';
import { nearest } from '../../schema/faults.js';
import type { Client, Query } from '../connection/client.js';
import { typeNamed } from '../resources/index.js';
import type { Json, ResourceType } from '../resources/resource.js';
import { forEach, isNested, keyOf, list, objectIn, objectPath } from './collection.js';
import { type Labels, nameOf, type Placed, parentOf } from './labels.js';

/** An object that was named. */
export interface Found {
  type: ResourceType;
  /** What URLs call it. */
  key: string;
  parentId: string | undefined;
  /** Undefined where its id was enough. */
  object: Json | undefined;
  /** As it was written. */
  written: string;
}

/** Where to look. */
export interface Within {
  parentId?: string | undefined;
  /** Of this load balancer, unless a path says otherwise. */
  loadbalancerId?: string | undefined;
}

const ID = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32})$/i;

/** Names that an error lists, and objects that are looked at for what was meant. */
const MOST_NAMES = 12;
const MOST_LOOKED_AT = 1000;

export class Names {
  readonly #client: Client;
  readonly #labels: Labels;

  constructor(client: Client, labels: Labels) {
    this.#client = client;
    this.#labels = labels;
  }

  /** @throws SluiceError `not_found` with what there is; `invalid_configuration` with every object that may be meant */
  async find(type: ResourceType, written: string, within: Within = {}): Promise<Found> {
    if (type.calledBy) {
      const key = await this.keyOf(type.calledBy, written);
      return { type, key, parentId: undefined, object: undefined, written };
    }
    const [above, own] = split(type, written);
    if (above === undefined && ID.test(own) && !isNested(type)) {
      return { type, key: own, parentId: undefined, object: undefined, written };
    }
    if (above !== undefined && type.naming === 'parent') {
      return await this.#throughParent(type, written, within);
    }
    const parentId =
      above === undefined
        ? (within.parentId ?? (await this.ownParent(type)))
        : (await this.find(parentType(type), above)).key;
    const scope = above === undefined ? within : { parentId };
    const matches = await this.#matching(type, queryOf(type, own), { ...scope, parentId });
    const [match] = matches;
    if (!match) {
      if (type.naming === 'parent') {
        return await this.#throughParent(type, written, within);
      }
      throw await this.#missing(type, own, { ...scope, parentId }, above);
    }
    if (matches.length > 1) {
      throw await this.#ambiguous(type, own, matches);
    }
    return found(type, match, written);
  }

  /** What URLs and references call the object of that name. @throws SluiceError as {@link find} */
  async keyOf(typeName: string, written: string, within: Within = {}): Promise<string> {
    return (await this.find(typeNamed(typeName), written, within)).key;
  }

  /** The user of the token, for kinds that belong to users. */
  async ownParent({ parent }: ResourceType): Promise<string | undefined> {
    return parent?.self ? (await this.#client.session())?.user.id : undefined;
  }

  /** The object itself, asked for where its id was enough before. */
  async object({ type, key, parentId, object }: Found): Promise<Json> {
    return object ?? objectIn(type, await this.#client.get<Json>(objectPath(type, key, parentId)));
  }

  /** The load balancer that an object belongs to; undefined: to none. */
  async loadBalancerOf(place: Found): Promise<string | undefined> {
    if (place.type.name === 'loadbalancer') {
      return place.key;
    }
    if (!place.type.parent) {
      return undefined;
    }
    const object = await this.object(place);
    const listed = object.loadbalancers as Array<{ id: string }> | undefined;
    const above = parentOf(place.type, { object, parentId: place.parentId });
    const known = listed?.[0]?.id;
    if (known !== undefined || above === undefined) {
      return known;
    }
    return await this.loadBalancerOf(await this.find(parentType(place.type), above));
  }

  /** Objects that match, below one parent or below all of them. */
  async #matching(type: ResourceType, query: Query, within: Within, limit?: number): Promise<Placed[]> {
    const { parentId, loadbalancerId } = within;
    if (isNested(type)) {
      return await listNested(this.#client, type, parentId, query, limit);
    }
    const parent = type.parent?.field && parentId ? { [type.parent.field]: parentId } : {};
    const scope = parentId === undefined && loadbalancerId ? { loadbalancer_id: loadbalancerId } : {};
    const objects = await list(this.#client, type, undefined, { ...query, ...parent, ...scope }, limit);
    return objects.map((object) => ({ object }));
  }

  /** The health monitor of the pool that was named. */
  async #throughParent(type: ResourceType, written: string, within: Within): Promise<Found> {
    const parent = parentType(type);
    const above = await this.find(parent, written, { loadbalancerId: within.loadbalancerId });
    const [object] = await list(this.#client, type, undefined, { [type.parent?.field ?? '']: above.key });
    if (!object) {
      throw new SluiceError('not_found', `${parent.noun} ${written} has no ${type.noun}`);
    }
    return found(type, { object }, written);
  }

  async #missing(type: ResourceType, own: string, within: Within, above: string | undefined): Promise<SluiceError> {
    const where = type.parent && above !== undefined ? ` in ${parentType(type).noun} ${above}` : '';
    const what = `there is no ${type.noun} "${own}"${where}`;
    const others = await this.#matching(type, {}, within, MOST_LOOKED_AT);
    if (others.length === 0) {
      return new SluiceError('not_found', `${what}; there are no ${type.nouns} at all${where && ' there'}`);
    }
    await this.#labels.loadParents(type, others);
    const names = others.map(({ object }) => nameOf(type, object));
    const paths = above === undefined ? others.map((other) => this.#labels.pathOf(type, other)) : names;
    const meant = nearest(own, names);
    const more = paths.length > MOST_NAMES ? `, and ${paths.length - MOST_NAMES} more` : '';
    const there = `there ${paths.length === 1 ? 'is' : 'are'} ${paths.slice(0, MOST_NAMES).join(', ')}${more}`;
    const suggestion = meant === undefined ? '' : `did you mean ${paths[names.indexOf(meant)]}? `;
    return new SluiceError('not_found', `${what}; ${suggestion}${there}`);
  }

  async #ambiguous(type: ResourceType, own: string, matches: readonly Placed[]): Promise<SluiceError> {
    await this.#labels.loadParents(type, matches);
    const lines = matches.map((match) => `  ${keyOf(type, match.object)}  ${this.#labels.pathOf(type, match)}`);
    return new SluiceError(
      'invalid_configuration',
      `${matches.length} ${type.nouns} are called "${own}"; write the id or the path of one:\n${lines.join('\n')}`,
    );
  }
}

/** Objects whose parent is part of the URL; without a parent, of all there are. */
export async function listNested(
  client: Client,
  type: ResourceType,
  parentId: string | undefined,
  query: Query,
  limit?: number,
): Promise<Placed[]> {
  const below = async (id: string): Promise<Placed[]> => {
    const objects = await list(client, type, id, query, limit);
    return objects.map((object) => ({ object, parentId: id }));
  };
  if (parentId !== undefined) {
    return await below(parentId);
  }
  const parent = parentType(type);
  const parents = await list(client, parent, undefined, parent.path.startsWith('/identity/') ? {} : { fields: ['id'] });
  return (await forEach(parents, (object) => below(keyOf(parent, object)))).flat().slice(0, limit);
}

/** The kind that a kind is below, which it has to have. */
export function parentType({ name, parent }: ResourceType): ResourceType {
  if (!parent) {
    throw new TypeError(`${name} is below nothing`);
  }
  return typeNamed(parent.type);
}

/** `web/http` as what is above and the object's own name. Names of what is below nothing may have slashes. */
export function split({ parent, naming }: ResourceType, written: string): [above: string | undefined, own: string] {
  const at = written.lastIndexOf('/');
  if (!parent || at < 0) {
    return [undefined, written];
  }
  return naming === 'parent' ? [written, ''] : [written.slice(0, at), written.slice(at + 1)];
}

/** `10.0.0.5:8080` or `[fd00::5]:8080`; undefined: no address and port. */
export function parseEndpoint(text: string): { address: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(bracketed ?? plain ?? '');
  const port = Number(digits);
  if (
    address === undefined ||
    port < 1 ||
    port > 65_535 ||
    (addressFamily(address) === 6) !== (bracketed !== undefined)
  ) {
    return undefined;
  }
  return { address, port };
}

/** The filter that finds an object by its own name. */
function queryOf(type: ResourceType, own: string): Query {
  if (ID.test(own) || type.naming === 'id') {
    return { id: own };
  }
  const endpoint = type.naming === 'endpoint' ? parseEndpoint(own) : undefined;
  return endpoint ? { address: endpoint.address, protocol_port: endpoint.port } : { name: own };
}

function found(type: ResourceType, { object, parentId }: Placed, written: string): Found {
  return { type, key: keyOf(type, object), parentId, object, written };
}
