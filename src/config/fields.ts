/**
 * Reads the fields of one object of a configuration: checks each, notes which were asked for, and reports what is left over.
 *
 * A getter that meets a fault reports it and returns the default, or an empty value ('' or 0) where there is none; readers go
 * on, so that all faults are found, and the result is thrown away at the end. `null` stands for the default, as in Octavia.
 */
import { addressKind, parseAddress } from '../model/address.js';
import type { Path } from './document.js';
import { nearest, type Report } from './report.js';

/** How a text may look. Lengths in characters. */
export interface TextRule {
  min?: number;
  max: number;
  pattern?: RegExp;
  /** What the pattern asks for, in words that complete "write …". */
  expected?: string;
}

export class Fields {
  readonly #report: Report;
  readonly #path: Path;
  readonly #object: Record<string, unknown>;
  /** Names that were asked for; a list, because making ten thousand sets takes longer than looking through them. */
  readonly #known: string[] = [];
  readonly #isObject: boolean;

  /** @param what names the object in faults: `a listener` */
  constructor(report: Report, path: Path, value: unknown, what: string) {
    this.#report = report;
    this.#path = path;
    this.#isObject = isObject(value);
    this.#object = isObject(value) ? value : {};
    if (!this.#isObject) {
      report.fault(path, {
        message: `${show(value)} is not ${what}`,
        suggestion: 'write a mapping of fields and values',
      });
    }
  }

  /** Path of a field, for faults that a reader finds itself. */
  at(name: string): Path {
    return [...this.#path, name];
  }

  /** Whether a field has a value; null counts as absent. */
  has(name: string): boolean {
    this.#known.push(name);
    return this.#object[name] !== undefined && this.#object[name] !== null;
  }

  /** A field's value as it is, undefined when absent or null. */
  raw(name: string): unknown {
    return this.has(name) ? this.#object[name] : undefined;
  }

  text(name: string, rule: TextRule): string | undefined {
    const value = this.raw(name);
    if (value === undefined) {
      return undefined;
    }
    if (typeof value !== 'string') {
      this.#invalid(name, `${show(value)} is not a text`, `write ${JSON.stringify(String(value))} in quotes`);
      return undefined;
    }
    const { min = 0, max, pattern, expected } = rule;
    if (value.length < min || value.length > max) {
      this.#invalid(name, `has ${value.length} characters`, `write ${min} to ${max} characters`);
      return undefined;
    }
    if (pattern && !pattern.test(value)) {
      this.#invalid(name, `${show(value)} is not accepted`, `write ${expected}`);
      return undefined;
    }
    return value;
  }

  /** An absolute path of a file or directory. */
  path(name: string, max: number): string | undefined {
    return this.text(name, { min: 1, max, pattern: /^\//, expected: 'an absolute path, one that starts with /' });
  }

  /** An integer, also as the text of one: command line clients send texts. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.raw(name);
    if (value === undefined) {
      return undefined;
    }
    const number = typeof value === 'string' && /^[+-]?\d+$/.test(value.trim()) ? Number(value) : value;
    const whole = typeof number === 'number' && Number.isInteger(number);
    if (whole && number >= min && number <= max) {
      return number;
    }
    this.#invalid(
      name,
      whole ? `${number} is out of range` : `${show(value)} is not a whole number`,
      `write a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`,
    );
    return undefined;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') {
      return value ?? fallback;
    }
    if (typeof value === 'string' && /^(true|false)$/i.test(value)) {
      return value.toLowerCase() === 'true';
    }
    this.#invalid(name, `${show(value)} is not a truth value`, 'write true or false');
    return fallback;
  }

  /**
   * One of `choices`. A value in `later` is correct Octavia that this release does not serve.
   */
  choice<T extends string>(name: string, choices: readonly T[], later: readonly string[] = []): T | undefined {
    const value = this.raw(name);
    if (value === undefined || choices.includes(value as T)) {
      return value as T | undefined;
    }
    const instead = `write ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`;
    if (later.includes(value as string)) {
      this.#report.fault(this.at(name), {
        code: 'unsupported',
        message: `${value} is not served by this release`,
        suggestion: instead,
      });
      return undefined;
    }
    const meant = typeof value === 'string' ? nearest(value, choices) : undefined;
    this.#invalid(name, `${show(value)} is not a known value`, meant ? `did you mean ${meant}? ${instead}` : instead);
    return undefined;
  }

  /** A unicast address in canonical text. */
  address(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined) {
      return undefined;
    }
    const address = typeof value === 'string' ? parseAddress(value) : undefined;
    if (address === undefined) {
      this.#invalid(name, `${show(value)} is not an IP address`, 'write an IPv4 or IPv6 address such as 198.18.0.10');
      return undefined;
    }
    const kind = addressKind(address);
    if (kind !== 'unicast') {
      this.#invalid(name, `${address} is a ${kind} address`, 'write a unicast address');
      return undefined;
    }
    return address;
  }

  /** The items of a list; a single value where a list is due is a fault. */
  list(name: string): unknown[] {
    const value = this.raw(name);
    if (value === undefined || Array.isArray(value)) {
      return value ?? [];
    }
    this.#invalid(name, `${show(value)} is not a list`, 'write a list, each item on a line of its own after "- "');
    return [];
  }

  /** Reports fields that must be there and are not. What is no object at all has been reported as that. */
  require(names: readonly string[], suggestions: Record<string, string> = {}): void {
    for (const name of names.filter((name) => this.#isObject && !this.has(name))) {
      this.#report.fault(this.#path, {
        code: 'missing',
        message: `${name} is missing`,
        suggestion: suggestions[name] ?? `add ${name}`,
      });
    }
  }

  /** Fields of Octavia that this release does not serve: null and empty lists and mappings pass, anything else is a fault. */
  unsupported(names: readonly string[], suggestion: string): void {
    for (const name of names) {
      const value = this.raw(name);
      if (value !== undefined && value !== '' && !isEmpty(value)) {
        this.#report.fault(this.at(name), {
          code: 'unsupported',
          message: `${name} is not served by this release`,
          suggestion,
          part: 'key',
        });
      }
    }
  }

  /** Reports every field nobody asked for. */
  finish(): void {
    for (const name of Object.keys(this.#object)) {
      if (this.#known.includes(name)) {
        continue;
      }
      const meant = nearest(name, this.#known);
      this.#report.fault(this.at(name), {
        code: 'unknown_field',
        message: `unknown field ${name}`,
        suggestion: meant ? `did you mean ${meant}?` : `known fields: ${[...new Set(this.#known)].join(', ')}`,
        part: 'key',
      });
    }
  }

  #invalid(name: string, message: string, suggestion: string): void {
    this.#report.fault(this.at(name), { message, suggestion });
  }
}

/** A value as a fault quotes it, cut to a readable length. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}
