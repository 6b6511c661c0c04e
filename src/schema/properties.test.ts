import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../model/errors.js';
import type { JsonSchema } from './fields.js';
import { FORMATS } from './formats.js';
import { answers, type Body, bodies } from './index.js';

const all: Array<[name: string, body: Body<unknown>]> = Object.entries(bodies).flatMap(([kind, of]) =>
  Object.entries(of).map(([verb, body]): [string, Body<unknown>] => [`${kind} ${verb}`, body as Body<unknown>]),
);

const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0, 1.5, '1', 'true', '', null, 'x'.repeat(3000), [[]]));
const TEXTS: Record<string, string[]> = {
  uuid: ['6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d'],
  address: ['10.0.0.1', 'FD00::1'],
  cidr: ['10.0.0.1/8', '10.0.0.1', '2001:db8::/32'],
  tag: ['a', 'k=v', 'k=w'],
  'url-path': ['/'],
  'host-name': ['a.example'],
  'http-url': ['https://a.example/'],
  'http-codes': ['200, 202', '2xx'],
  'cookie-name': ['sid'],
  'flavor-data': ['{ "connections": 1 }'],
  'json-object': ['{}'],
};

/** Mostly what a schema asks for, sometimes something else, sometimes in the dress of a text. */
function anyValue(schema: JsonSchema): fc.Arbitrary<unknown> {
  const right = rightValue(schema);
  return fc.oneof(
    { arbitrary: right, weight: 12 },
    { arbitrary: right.map(asText), weight: 2 },
    { arbitrary: junk, weight: 1 },
  );
}

function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function rightValue(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.then && schema.else) {
    return fc.oneof(anyValue(schema.then), anyValue(schema.else));
  }
  if (schema.enum) {
    return fc.constantFrom(...schema.enum);
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      if (!schema.properties) {
        return fc.dictionary(fc.constantFrom('X-Real-IP', 'X-Own', '__proto__'), fc.constantFrom('true', 'a'));
      }
      const { properties, required = [] } = schema;
      const optional = Object.keys(properties).filter((name) => !required.includes(name));
      return fc.subarray(optional, { maxLength: Math.min(3, optional.length) }).chain((names) => {
        const written = [...required, ...names].map((name) => [name, anyValue(properties[name]!)]);
        return fc.record(Object.fromEntries(written) as Record<string, fc.Arbitrary<unknown>>);
      });
    }
    case 'array':
      return fc.array(anyValue(schema.items ?? {}), { maxLength: 3 });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1, (schema.minimum ?? 0) + 5) });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return schema.format && TEXTS[schema.format]
        ? fc.constantFrom(...TEXTS[schema.format]!)
        : fc.string({ minLength: 1, maxLength: 20 });
    default:
      return fc.jsonValue();
  }
}

function read(body: Body<unknown>, value: unknown): { read: unknown } | { faults: SluiceError['faults'] } {
  try {
    return { read: body.read(value) };
  } catch (error) {
    if (error instanceof SluiceError && error.status < 500) {
      return { faults: error.faults };
    }
    throw error;
  }
}

describe.each(all)('%s', (_, body) => {
  it('is read, or refused with where and what to write instead', () => {
    let count = 0;
    fc.assert(
      fc.property(anyValue(body.schema as JsonSchema), (value) => {
        const copy = structuredClone(value);
        const result = read(body, value);
        count += 'read' in result ? 1 : 0;
        expect(value).toEqual(copy);
        for (const fault of 'faults' in result ? result.faults : []) {
          expect(fault.path).not.toBe('');
          expect(fault.message).not.toBe('');
          expect(fault.suggestion ?? '').not.toBe('');
        }
      }),
      { numRuns: 200 },
    );
    expect(count).toBeGreaterThan(0);
  });
});

// What was read of a load balancer has its pools twice: where they are used and in the list of all. Quotas lose their older names.
describe.each(all.filter(([name]) => !/^(loadbalancer|quota)/.test(name)))('%s', (_, body) => {
  it('what was read is read as it is', () => {
    fc.assert(
      fc.property(anyValue(body.schema as JsonSchema), (value) => {
        const first = read(body, value);
        if ('read' in first) {
          expect(read(body, first.read)).toEqual(first);
        }
      }),
    );
  });
});

describe('schemas', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  ajv.addVocabulary(['x-null', 'x-mapping', 'x-distinct', 'x-fixed']);
  for (const format of Object.keys(FORMATS)) {
    ajv.addFormat(format, true);
  }
  const published: Array<[string, unknown]> = [
    ...all.map(([name, { schema }]): [string, unknown] => [name, schema]),
    ...Object.entries(answers),
  ];

  it.each(published)('%s is JSON Schema in plain JSON, and describes every field', (_, schema) => {
    const plain = JSON.parse(JSON.stringify(schema)) as JsonSchema;
    ajv.compile(plain);
    for (const [name, field] of Object.entries(plain.properties ?? {})) {
      expect(`${name}: ${field.description ?? ''}`).toMatch(/: [A-Z].{2,}/);
      if (field.default !== undefined) {
        expect([name, ajv.validate(field, field.default)]).toEqual([name, true]);
      }
    }
  });
});
