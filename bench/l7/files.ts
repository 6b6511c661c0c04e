/** Files of this part that are not TypeScript: they stay where they are written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From `build/bench/l7`. */
const SOURCES = fileURLToPath(new URL('../../../bench/l7', import.meta.url));

/** Path of a file of `bench/l7`. */
export function source(name: string): string {
  return join(SOURCES, name);
}

/** Writes a template of `bench/l7/contestants` with its @WORDS@ filled in. @throws Error for a word without a value */
export function fill(template: string, path: string, words: Readonly<Record<string, string | number>>): void {
  const text = readFileSync(source(`contestants/${template}`), 'utf8').replaceAll(/@([A-Z]+)@/g, (_, word: string) => {
    const value = words[word];
    if (value === undefined) throw new Error(`${template}: nothing to put in for @${word}@`);
    return String(value);
  });
  writeFileSync(path, text);
}
