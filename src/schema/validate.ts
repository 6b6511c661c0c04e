/** Ajv as it is used here, and its errors in words. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type FaultDetail, isObject, nearest, type Path, show } from './faults.js';
import type { JsonSchema } from './fields.js';
import { FORMATS, type FormatName, formatOf } from './formats.js';

/** A fault as the validator finds it. */
export type Finding = { path: Path; detail: FaultDetail } & (
  | { /** What lies at `path` is not what the schema asks for. */ kind: 'wrong'; schema: JsonSchema }
  | { /** The object at `path` lacks a field. */ kind: 'missing'; field: string }
  | { /** The object around `path` has a field too many. */ kind: 'unknown' }
);

const ajv = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  // The first body of each kind waits for the compiler, and what it would optimize runs no faster.
  code: { optimize: false },
});
ajv.addVocabulary(['x-null', 'x-mapping', 'x-distinct', 'x-fixed']);
for (const name of Object.keys(FORMATS) as FormatName[]) {
  ajv.addFormat(name, (text: string) => formatOf(name).read(text) !== undefined);
}

export function compile(schema: JsonSchema): ValidateFunction {
  return ajv.compile(schema);
}

/** What the last run of a validator found, one finding a value: a value of the wrong type is not also called too short. */
export function findings(errors: readonly ErrorObject[], data: unknown): Finding[] {
  const faulty = new Set<string>();
  return errors.flatMap((error): Finding[] => {
    const path = pathOf(error.instancePath, data);
    switch (error.keyword) {
      case 'if':
        return [];
      case 'required':
        return [missing(error, path)];
      case 'additionalProperties':
        return [unknown(error, path)];
      default: {
        if (faulty.has(error.instancePath)) {
          return [];
        }
        faulty.add(error.instancePath);
        const schema = error.parentSchema as JsonSchema;
        return [{ path, detail: wrongValue(error, schema), kind: 'wrong', schema }];
      }
    }
  });
}

/** A JSON pointer as keys and indexes. */
function pathOf(pointer: string, data: unknown): Path {
  let value = data;
  return pointer
    .split('/')
    .slice(1)
    .map((step) => {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      const index = Array.isArray(value) ? Number(key) : key;
      value = (value as Record<string | number, unknown>)[index];
      return index;
    });
}

function missing(error: ErrorObject, path: Path): Finding {
  const field = (error.params as { missingProperty: string }).missingProperty;
  const { description = '', enum: values } = (error.parentSchema as JsonSchema).properties?.[field] ?? {};
  const [sentence] = description.split(/\.(?:\s|$)/);
  const meaning = sentence ? `: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : '';
  const choices = values ? `${meaning ? ', ' : ': '}${oneOf(values)}` : '';
  return {
    path,
    detail: { code: 'missing', message: `${field} is missing`, suggestion: `add ${field}${meaning}${choices}` },
    kind: 'missing',
    field,
  };
}

function unknown(error: ErrorObject, path: Path): Finding {
  const field = (error.params as { additionalProperty: string }).additionalProperty;
  const { properties = {}, 'x-fixed': fixed = [] } = error.parentSchema as JsonSchema;
  const known = Object.keys(properties);
  const meant = nearest(field, known);
  const detail: FaultDetail = fixed.includes(field)
    ? { message: `${field} cannot be changed`, suggestion: 'leave it out, or make another object' }
    : {
        code: 'unknown_field',
        message: `unknown field ${show(field).slice(1, -1)}`,
        suggestion: meant ? `did you mean ${meant}?` : `known fields: ${known.join(', ')}`,
      };
  return { path: [...path, field], detail: { ...detail, part: 'key' }, kind: 'unknown' };
}

function wrongValue(error: ErrorObject, schema: JsonSchema): FaultDetail {
  const { data } = error;
  switch (error.keyword) {
    case 'enum':
      return wrongChoice(data, schema.enum ?? []);
    case 'type':
      return wrongType(data, schema);
    case 'minimum':
    case 'maximum':
      return { message: `${data} is out of range`, suggestion: `write ${range(schema)}` };
    case 'minLength':
    case 'maxLength': {
      const { minLength = 0, maxLength = 0 } = schema;
      const found = data === '' ? 'is empty' : `has ${[...String(data)].length.toLocaleString('en')} characters`;
      const most = maxLength.toLocaleString('en');
      return {
        message: found,
        suggestion: `write ${minLength === 0 ? 'at most' : `${minLength} to`} ${most} characters`,
      };
    }
    case 'maxItems': {
      const limit = schema.maxItems ?? 0;
      return {
        message: `has ${(data as unknown[]).length.toLocaleString('en')} entries`,
        suggestion: `write at most ${limit.toLocaleString('en')}`,
      };
    }
    case 'format': {
      const { wrong, instead } = formatOf(schema.format as FormatName);
      return { message: wrong?.(data as string) ?? `${show(data)} is not accepted`, suggestion: instead };
    }
    default:
      return { message: `${show(data)} is not accepted`, suggestion: schema.description ?? error.message ?? '' };
  }
}

function wrongChoice(data: unknown, values: readonly unknown[]): FaultDetail {
  const instead = `write ${oneOf(values)}`;
  const meant =
    typeof data === 'string' ? nearest(data, values.filter((value) => value !== null).map(String)) : undefined;
  return {
    message: `${show(data)} is not a known value`,
    suggestion: meant ? `did you mean ${meant}? ${instead}` : instead,
  };
}

function wrongType(data: unknown, schema: JsonSchema): FaultDetail {
  if (schema.enum) {
    return wrongChoice(data, schema.enum);
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const what = schema.description?.split('.')[0] ?? 'an object';
      return {
        message: `${show(data)} is not ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
        suggestion: `write a mapping of fields and values${typeof data === 'string' ? `, such as {name: ${show(data)}}` : ''}`,
      };
    }
    case 'array':
      return {
        message: `${show(data)} is not a list`,
        suggestion: 'write a list, each item on a line of its own after "- "',
      };
    case 'integer':
    case 'number':
      return { message: `${show(data)} is not a whole number`, suggestion: `write ${range(schema)}` };
    case 'boolean':
      return { message: `${show(data)} is not a truth value`, suggestion: 'write true or false' };
    default:
      return {
        message: `${show(data)} is not a text`,
        suggestion: isObject(data) || Array.isArray(data) ? 'write a text' : `write ${show(String(data))} in quotes`,
      };
  }
}

function range({ minimum, maximum }: JsonSchema): string {
  return `a whole number from ${minimum?.toLocaleString('en')} to ${maximum?.toLocaleString('en')}`;
}

function oneOf(values: readonly unknown[]): string {
  const choices = values.filter((value) => value !== null);
  return `${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`;
}
