/** Differences of trees as people read them. */
import { stripVTControlCharacters } from 'node:util';
import type { Colour, Paint } from '../terminal.js';
import type { FieldChange, ObjectChange } from './diff.js';

const SIGNS: Record<ObjectChange['action'], [sign: string, colour: Colour]> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
};

/** `+`, `-` or `~`, kind and path; below it each field with what it was and will be. */
export function diffLines(changes: readonly ObjectChange[], paint: Paint): string[] {
  return changes.flatMap(({ action, kind, path, depth, fields }) => {
    const [sign, colour] = SIGNS[action];
    const indent = '  '.repeat(depth);
    return [
      paint(colour, `${indent}${sign} ${kind} ${stripVTControlCharacters(path)}`),
      ...fields.map((field) => `${indent}    ${fieldText(field, paint)}`),
    ];
  });
}

function fieldText({ name, before, after }: FieldChange, paint: Paint): string {
  if (before === undefined) {
    return `${name}: ${paint('green', valueText(after))}`;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return `${name}: ${listText(before, after, paint)}`;
  }
  return `${name}: ${paint('red', valueText(before))} -> ${paint('green', valueText(after))}`;
}

/** What comes and goes: the rest of a long list says nothing. */
function listText(before: readonly unknown[], after: readonly unknown[], paint: Paint): string {
  const [old, now] = [before.map(valueText), after.map(valueText)];
  const gone = old.filter((entry) => !now.includes(entry)).map((entry) => paint('red', `-${entry}`));
  const come = now.filter((entry) => !old.includes(entry)).map((entry) => paint('green', `+${entry}`));
  return gone.length + come.length === 0 ? 'another order' : [...gone, ...come].join(' ');
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/-]+$/.test(value)) {
    return value;
  }
  return value === null ? 'none' : JSON.stringify(value);
}
