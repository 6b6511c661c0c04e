/** Reads values by a schema: normalises, validates, and on faults goes on with stand-ins, so that whatever follows finds its own. */
import type { ValidateFunction } from 'ajv';
import type { FaultReport, Path } from './faults.js';
import type { Field, JsonSchema } from './fields.js';
import { type Normalise, normaliser } from './normalise.js';
import { compile, type Finding, findings } from './validate.js';

/** Faults of one value that are told: a list of a hundred thousand wrong addresses needs no more to be understood. */
const MAX_FAULTS = 100;

export class Reader<T> {
  readonly schema: Field<T>;
  #normalise: Normalise | undefined;
  #validate: ValidateFunction | undefined;

  /** Compiles nothing yet: a command line that only talks to the daemon never reads a body. */
  constructor(schema: Field<T>) {
    this.schema = schema;
  }

  /**
   * A value as the schema has it, with defaults filled in. Where there were faults, '' and 0 stand for what was wrong: the result is
   * good for finding more faults and nothing else.
   */
  read(value: unknown, report: FaultReport): T {
    this.#normalise ??= normaliser(this.schema, (schema) => {
      const validate = compile(schema);
      return (candidate) => validate(candidate);
    });
    this.#validate ??= compile(this.schema);
    const normal = { value: this.#normalise(value) };
    if (this.#validate(normal.value)) {
      return normal.value as T;
    }
    const found = findings(this.#validate.errors ?? [], normal.value);
    for (const [index, finding] of found.entries()) {
      if (index < MAX_FAULTS) {
        report(finding.path, finding.detail);
      }
      repair(normal, finding, this.schema);
    }
    if (found.length > MAX_FAULTS) {
      const more = (found.length - MAX_FAULTS).toLocaleString('en');
      report([], { message: `has ${more} more faults`, suggestion: 'correct these first' });
    }
    return normal.value as T;
  }
}

/** Puts a stand-in in the place of what a finding is about; `holder.value` is a copy that belongs to the reader. */
function repair(holder: { value: unknown }, finding: Finding, root: JsonSchema): void {
  const { path } = finding;
  const parent = path.length === 0 ? holder : valueAt(holder, path.slice(0, -1));
  const key = path.at(-1) ?? 'value';
  switch (finding.kind) {
    case 'wrong':
      (parent as Record<string | number, unknown>)[key] = standIn(finding.schema);
      break;
    case 'unknown':
      delete (parent as Record<string | number, unknown>)[key];
      break;
    case 'missing': {
      const object = valueAt(holder, path) as Record<string, unknown>;
      object[finding.field] = standIn(schemaAt(root, path)?.properties?.[finding.field] ?? {});
    }
  }
}

function valueAt(holder: { value: unknown }, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], holder.value);
}

function schemaAt(root: JsonSchema, path: Path): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((schema, step) => {
    const whole = schema?.else ?? schema;
    return typeof step === 'number' ? whole?.items : whole?.properties?.[step];
  }, root.else ?? root);
}

/** What no check takes for a value that was written: a default, but not null, which some fields must not be. */
function standIn(schema: JsonSchema): unknown {
  const { default: value, else: whole } = schema;
  if (whole || (value !== undefined && value !== null)) {
    return whole ? standIn(whole) : value;
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([, inner]) => !('x-null' in inner))
          .map(([name, inner]) => [name, isOptionalPart(inner) ? inner.default : standIn(inner)]),
      );
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return '';
  }
}

/** Whether a field may hold another object and need not. */
function isOptionalPart({ type, else: whole, default: value }: JsonSchema): boolean {
  return value !== undefined && (whole !== undefined || (Array.isArray(type) && type[0] !== 'string'));
}
