/** Where a new object goes, and what its place says about it. */
import { SluiceError } from '../../model/errors.js';
import { flagOf, type Json, type ResourceType } from '../resources/resource.js';
import type { Flags } from './body.js';
import type { Context } from './context.js';
import { type Found, parentType, parseEndpoint, split } from './names.js';
import { attributeOf } from './options.js';

export interface Place {
  /** Undefined: below nothing, or the server finds the parent. */
  parent: Found | undefined;
  /** Fields that the name says: the name itself, or a member's address and port. */
  fields: Json;
}

/** The option that names a parent, without dashes, and its attribute. */
export function parentFlag(type: ResourceType): string {
  return type.parent?.type ?? '';
}

/**
 * Reads `web/http`, or `http` with `--loadbalancer web`. What is called by its parent has the parent's name there.
 * @throws SluiceError `invalid_configuration` without a parent, and what finding it throws
 */
export async function placeOf(
  context: Context,
  type: ResourceType,
  written: string | undefined,
  flags: Flags,
): Promise<Place> {
  const named = flags[parentFlag(type)] as string | undefined;
  if (!type.parent) {
    return { parent: undefined, fields: ownFields(type, written) };
  }
  const isParentsName = type.naming === 'parent' || type.naming === 'id';
  if (isParentsName && written !== undefined && named !== undefined) {
    throw invalid(
      `${written} and --${type.parent.type} ${named} both say where the ${type.noun} goes; write one of them`,
    );
  }
  const [above, own] = isParentsName || named !== undefined ? [written, written] : split(type, written ?? '');
  const parentName = named ?? above;
  if (parentName === undefined) {
    const { orField } = type.parent;
    const instead = type.fields.find(({ name }) => name === orField);
    if (instead && flags[attributeOf(instead)] !== undefined) {
      return { parent: undefined, fields: ownFields(type, written) };
    }
    const key = await context.names.ownParent(type);
    if (key !== undefined) {
      const parent = { type: parentType(type), key, parentId: undefined, object: undefined, written: key };
      return { parent, fields: ownFields(type, written) };
    }
    throw invalid(missingParent(type, written, instead && flagOf(instead)));
  }
  const parent = await context.names.find(parentType(type), parentName);
  return { parent, fields: isParentsName ? {} : ownFields(type, own) };
}

function ownFields({ naming }: ResourceType, own: string | undefined): Json {
  if (own === undefined || own === '') {
    return {};
  }
  const endpoint = naming === 'endpoint' ? parseEndpoint(own) : undefined;
  return endpoint ? { address: endpoint.address, protocol_port: endpoint.port } : { name: own };
}

function missingParent(type: ResourceType, written: string | undefined, instead: string | undefined): string {
  const parent = parentType(type);
  const example =
    type.naming === 'parent' || type.naming === 'id'
      ? parent.name.toUpperCase()
      : `${parent.name.toUpperCase()}/${written || 'NAME'}`;
  const others = [`--${parent.name}`, ...(instead ? [`--${instead}`] : [])].join(' or ');
  return `which ${parent.noun} does the ${type.noun} belong to? write ${example}, or add ${others}`;
}

function invalid(message: string): SluiceError {
  return new SluiceError('invalid_configuration', message);
}
