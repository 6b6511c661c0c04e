import { describe, expect, it } from 'vitest';
import { bodies } from '../../schema/index.js';
import { typeNamed } from './index.js';
import { takes, type Verb } from './resource.js';

/** Attributes of bodies without an option: other names, what only files have, and parents, which have options of their own. */
const WITHOUT_OPTION = new Set(['tenant_id', 'load_balancer', 'health_monitor', 'listeners', 'pools']);

interface Described {
  schema: { properties?: object };
}

const cases = Object.entries(bodies as Record<string, { create?: Described; update?: Described }>).flatMap(
  ([name, { create, update }]): Array<[Verb, string, Described | undefined]> => [
    ['create', name, create],
    ['set', name, update],
  ],
);

describe('options', () => {
  it.each(cases.filter(([, , body]) => body))('of %s %s are the attributes that the API takes', (verb, name, body) => {
    const { fields, parent } = typeNamed(name);
    const options = fields.filter((field) => takes(field, verb)).map((field) => field.name);
    // The project of what is below a load balancer is the load balancer's.
    const without = new Set([...WITHOUT_OPTION, ...(parent ? ['project_id', parent.field] : [])]);
    const attributes = Object.keys(body?.schema.properties ?? {}).filter((attribute) => !without.has(attribute));
    expect(options.sort()).toEqual(attributes.sort());
  });
});
