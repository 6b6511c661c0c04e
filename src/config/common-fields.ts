/**
 * Fields that every resource has: id, name, description, admin_state_up, tags.
 */
import type { Resource } from '../model/resources.js';
import type { Path } from './document.js';
import { type Fields, isObject, show } from './fields.js';
import type { Report } from './report.js';

/** Octavia's limit for names and descriptions; wider than the clouds' 80. */
export const MAX_TEXT = 255;

const MAX_PLAIN_TAG = 255;
const MAX_TAG_KEY = 36;
const MAX_TAG_VALUE = 43;
const TAG_RESERVED = /[*<>\\=,|/]/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters in a name would garble tables and logs
const PRINTABLE = /^[^\x00-\x1f\x7f]*$/;

/** Where each object of a tree was written, for faults found only once all objects are known. */
export type Origins = Map<object, { report: Report; path: Path }>;

/** A name; `min` is 1 for objects that are found by name. */
export function readName(fields: Fields, min = 0): string {
  return (
    fields.text('name', { min, max: MAX_TEXT, pattern: PRINTABLE, expected: 'a name without control characters' }) ?? ''
  );
}

export function readDescription(fields: Fields): string {
  return fields.text('description', { max: MAX_TEXT }) ?? '';
}

/** Everything of {@link Resource} but the name. */
export function readResource(fields: Fields, report: Report): Omit<Resource, 'id' | 'name'> & { id?: string } {
  const id = fields.text('id', { max: 36, pattern: UUID, expected: 'a UUID, or leave id out' });
  return {
    ...(id === undefined ? {} : { id: id.toLowerCase() }),
    admin_state_up: fields.boolean('admin_state_up', true),
    tags: readTags(fields, report),
  };
}

/**
 * Tags as a list of `key=value` and plain words, or as a mapping. A key is 1..36 characters, a value at most 43, neither with any
 * of * < > \ = , | /; keys are unique. A plain word is a tag of an OpenStack client: 1..255 characters, no comma, because
 * filters separate tags with it.
 */
function readTags(fields: Fields, report: Report): string[] {
  const raw = fields.raw('tags');
  const written = isObject(raw) ? Object.entries(raw).map(([key, value]) => `${key}=${value}`) : fields.list('tags');
  const keys = new Set<string>();
  return written.filter((tag, index): tag is string => {
    const fault = tagFault(tag, keys);
    if (fault) {
      const path = fields.at('tags');
      report.fault(isObject(raw) ? path : [...path, index], fault);
    }
    return fault === undefined;
  });
}

function tagFault(tag: unknown, keys: Set<string>): { message: string; suggestion: string } | undefined {
  if (typeof tag !== 'string') {
    return { message: `${show(tag)} is not a text`, suggestion: 'write the tag in quotes' };
  }
  const separator = tag.indexOf('=');
  if (separator < 0) {
    return tag.length > 0 && tag.length <= MAX_PLAIN_TAG && !tag.includes(',')
      ? undefined
      : { message: `${show(tag)} is not a tag`, suggestion: `write 1 to ${MAX_PLAIN_TAG} characters without a comma` };
  }
  const key = tag.slice(0, separator);
  const value = tag.slice(separator + 1);
  if (key.length < 1 || key.length > MAX_TAG_KEY || TAG_RESERVED.test(key)) {
    return {
      message: `${show(key)} is not a tag key`,
      suggestion: `write 1 to ${MAX_TAG_KEY} characters, none of * < > \\ = , | /`,
    };
  }
  if (value.length > MAX_TAG_VALUE || TAG_RESERVED.test(value)) {
    return {
      message: `${show(value)} is not a tag value`,
      suggestion: `write at most ${MAX_TAG_VALUE} characters, none of * < > \\ = , | /`,
    };
  }
  if (keys.has(key)) {
    return { message: `tag key ${key} is used twice`, suggestion: 'give each key of an object one value' };
  }
  keys.add(key);
  return undefined;
}
