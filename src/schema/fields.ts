/**
 * Builders of the JSON Schemas that validate input and describe it in OpenAPI. A field without a `default` is required; one with a
 * default takes null for it.
 *
 * Keywords of our own: `x-null`, what null becomes in a body that changes an object; `x-mapping`, a list that may be written as a
 * mapping; `x-distinct`, a list whose repetitions are dropped; `x-fixed`, fields of an object that no body changes.
 */
import Type, { type TUnsafe } from 'typebox';
import type { FormatName } from './formats.js';

type TypeName = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';

/** The keywords of JSON Schema that are used here. */
export interface JsonSchema {
  type?: TypeName | [TypeName, 'null'];
  /** A sentence; up to the first full stop it also completes "add NAME: …" where the field is missing. */
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: FormatName;
  items?: JsonSchema;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  maxProperties?: number;
  additionalProperties?: boolean | JsonSchema;
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  'x-null'?: unknown;
  'x-mapping'?: true;
  'x-distinct'?: true;
  'x-fixed'?: readonly string[];
}

/** A schema whose values, once read, are of type T. */
export type Field<T> = JsonSchema & TUnsafe<T>;

/** A field for each key of T, of its type: the compiler notices one that is missing or differs. */
export type FieldsOf<T> = { [Key in keyof T]-?: Field<Exclude<T[Key], undefined>> };

/** Octavia's limit for names and most other texts. */
export const MAX_TEXT = 255;
const MAX_TAGS = 100;
/** LI-5. */
export const MAX_CIDRS = 100_000;

export function field<T>(schema: JsonSchema): Field<T> {
  return Type.Unsafe<T>(schema) as Field<T>;
}

/** A text of 1 to `maxLength` characters; `minLength: 0` lets an empty one pass. */
export function text(description: string, rule: Partial<JsonSchema> = {}): Field<string> {
  return field({ type: 'string', description, minLength: 1, maxLength: MAX_TEXT, ...rule });
}

export function uuid(description: string): Field<string> {
  return field({ type: 'string', description, format: 'uuid' });
}

export function address(description: string): Field<string> {
  return field({ type: 'string', description, format: 'address' });
}

export function integer(description: string, minimum: number, maximum: number): Field<number> {
  return field({ type: 'integer', description, minimum, maximum });
}

export function flag(description: string, value: boolean): Field<boolean> {
  return optional(field<boolean>({ type: 'boolean', description }), value);
}

export function choice<const T extends string | number>(description: string, values: readonly T[]): Field<T> {
  return field({ type: typeof values[0] === 'number' ? 'number' : 'string', description, enum: values });
}

export function list<T>(description: string, items: Field<T>, rule: Partial<JsonSchema> = {}): Field<T[]> {
  return field({ type: 'array', description, items, ...rule });
}

/** A field that may be left out: then, and where null is given, it is `value`. */
export function optional<T, const Default>(inner: Field<T>, value: Default): Field<T | Default> {
  const { type, enum: values, ...rest } = inner as JsonSchema;
  return field({
    ...(type === undefined ? {} : { type: [type as TypeName, 'null'] }),
    ...(values === undefined ? {} : { enum: [...values, null] }),
    ...rest,
    default: value,
  });
}

/** A field that may be left out or null: then the object does not have it. */
export function absent<T>(inner: Field<T>): Field<T> {
  return optional(inner, undefined) as Field<T>;
}

/** An object with these fields and no others. */
export function record<T>(description: string, fields: FieldsOf<T>): Field<T> {
  const properties = fields as Record<string, JsonSchema>;
  const required = Object.keys(properties).filter((name) => !('default' in properties[name]!));
  return field({
    type: 'object',
    description,
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  });
}

/**
 * A body that changes some of these fields: each may be left out, and null brings back its default, where it has one.
 * @param fixed other fields of the object, which stay what they are
 */
export function patch<T>(description: string, fields: FieldsOf<T>, fixed: readonly string[] = []): Field<Partial<T>> {
  const properties = Object.entries(fields as Record<string, JsonSchema>).map(([name, schema]) => {
    const { default: value, ...rest } = schema;
    return [name, 'default' in schema ? { ...rest, 'x-null': value } : rest];
  });
  return field({
    type: 'object',
    description,
    properties: Object.fromEntries(properties) as Record<string, JsonSchema>,
    additionalProperties: false,
    ...(fixed.length > 0 ? { 'x-fixed': fixed } : {}),
  });
}

/** Some of the fields of an object. */
export function pick<T, const Key extends keyof T>(fields: FieldsOf<T>, keys: readonly Key[]): FieldsOf<Pick<T, Key>> {
  return Object.fromEntries(keys.map((key) => [key, fields[key]])) as unknown as FieldsOf<Pick<T, Key>>;
}

/** All but some of the fields of an object. */
export function omit<T, const Key extends keyof T>(fields: FieldsOf<T>, keys: readonly Key[]): FieldsOf<Omit<T, Key>> {
  const kept = Object.entries(fields).filter(([key]) => !(keys as readonly PropertyKey[]).includes(key));
  return Object.fromEntries(kept) as unknown as FieldsOf<Omit<T, Key>>;
}

export const NAME = optional(text('Name of at most 255 characters', { minLength: 0, format: 'line' }), '');
export const DESCRIPTION = optional(text('What it is for, in words', { minLength: 0 }), '');
export const ADMIN_STATE_UP = flag('Whether it is in use.', true);
export const TAGS = optional(
  list(
    'Words, or key=value pairs with each key once; a mapping of keys to values will do as well.',
    text('A tag', { format: 'tag' }),
    { maxItems: MAX_TAGS, 'x-mapping': true },
  ),
  [] as string[],
);
export const PORT_RANGE = [1, 65_535] as const;
