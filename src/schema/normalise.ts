/**
 * Brings what was written into the form that is validated and kept: defaults filled in, null replaced, numbers and truth values read
 * from texts, addresses canonical. What it cannot make sense of stays as it is, for the validator to name.
 */
import { isObject } from './faults.js';
import type { JsonSchema } from './fields.js';
import { formatOf } from './formats.js';

export type Normalise = (value: unknown) => unknown;

/** Tells whether a value matches the `if` of a schema. */
export type Condition = (schema: JsonSchema) => (value: unknown) => boolean;

/** The function that brings values into the form of a schema; arguments are not changed. */
export function normaliser(schema: JsonSchema, condition: Condition): Normalise {
  if (schema.if && schema.then && schema.else) {
    const matches = condition(schema.if);
    const [whenTrue, whenFalse] = [normaliser(schema.then, condition), normaliser(schema.else, condition)];
    return (value) => (matches(value) ? whenTrue(value) : whenFalse(value));
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return schema.properties ? fixedObject(schema, condition) : openObject(schema, condition);
    case 'array':
      return list(schema, condition);
    case 'string':
      return text(schema);
    case 'integer':
    case 'number':
      return number;
    case 'boolean':
      return truth;
    default:
      return (value) => value;
  }
}

interface Property {
  name: string;
  normalise: Normalise;
  /** Undefined: the object goes without. */
  default: unknown;
  /** Null stands for the default, or for what `x-null` says. */
  takesNull: boolean;
  whenNull: unknown;
}

/** All properties in the order of the schema, so that ten thousand members share one hidden class. */
function fixedObject(schema: JsonSchema, condition: Condition): Normalise {
  const required = new Set(schema.required);
  const properties = Object.entries(schema.properties ?? {}).map(([name, inner]): Property => {
    const reset = 'x-null' in inner;
    return {
      name,
      normalise: normaliser(inner, condition),
      default: inner.default,
      takesNull: reset || 'default' in inner || required.has(name),
      whenNull: reset ? inner['x-null'] : inner.default,
    };
  });
  const known = new Set(properties.map(({ name }) => name));
  return (value) => {
    if (!isObject(value)) {
      return value;
    }
    const result: Record<string, unknown> = {};
    for (const { name, normalise, default: fallback, takesNull, whenNull } of properties) {
      const written = value[name];
      const read = written === undefined ? fallback : written === null && takesNull ? whenNull : normalise(written);
      if (read !== undefined) {
        result[name] = read;
      }
    }
    for (const name of Object.keys(value)) {
      if (!known.has(name)) {
        // Not by assignment, which a name such as __proto__ would turn into something else.
        Object.defineProperty(result, name, { value: value[name], enumerable: true, configurable: true });
      }
    }
    return result;
  };
}

/** An object whose keys the user chooses. */
function openObject(schema: JsonSchema, condition: Condition): Normalise {
  const inner = isObject(schema.additionalProperties)
    ? normaliser(schema.additionalProperties as JsonSchema, condition)
    : (value: unknown) => value;
  return (value) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)])) : value;
}

function list(schema: JsonSchema, condition: Condition): Normalise {
  const item = normaliser(schema.items ?? {}, condition);
  return (value) => {
    const items =
      schema['x-mapping'] && isObject(value)
        ? Object.entries(value).map(([key, text]) => (isComposite(text) ? text : `${key}=${text ?? ''}`))
        : value;
    if (!Array.isArray(items)) {
      return items;
    }
    const normal = items.map(item);
    return schema['x-distinct'] ? [...new Set(normal)] : normal;
  };
}

function isComposite(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function text(schema: JsonSchema): Normalise {
  if (schema.format === undefined) {
    return (value) => value;
  }
  const { read, loose } = formatOf(schema.format);
  return (value) => {
    const written = loose && (typeof value === 'number' || typeof value === 'boolean') ? String(value) : value;
    return typeof written === 'string' ? (read(written) ?? written) : written;
  };
}

function number(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
}

function truth(value: unknown): unknown {
  return typeof value === 'string' && /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value;
}
