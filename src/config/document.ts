/**
 * YAML and JSON text as plain values that still know where in the text they stood.
 */

import type { Document } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseAllDocuments } from 'yaml';
import type { Fault } from '../model/errors.js';
import type { Path } from '../schema/faults.js';

export interface Position {
  line: number;
  column: number;
}

/** One YAML document or one JSON text. */
export interface SourceDocument {
  value: unknown;
  /** Where the value at `path` stands, or its key; the nearest enclosing value when there is nothing at `path`. */
  position: (path: Path, part?: 'key' | 'value') => Position | undefined;
}

/** The tree has 8 levels. What nests deeper, or contains itself, would overflow the stack of whatever walks through it. */
const MAX_DEPTH = 32;

/** Aliases may repeat values this often; more is a bomb, not a configuration. */
const MAX_ALIASES = 1000;

/**
 * Parses text that holds any number of YAML documents, or JSON.
 * @returns the documents, empty ones left out, and the faults of the syntax with their positions
 */
export function parseDocuments(text: string): { documents: SourceDocument[]; faults: Fault[] } {
  const json = parseJson(text);
  if (json) {
    return nestsDeeper(json.value, MAX_DEPTH)
      ? { documents: [], faults: [tooDeep()] }
      : { documents: [json], faults: [] };
  }
  const counter = new LineCounter();
  const documents: SourceDocument[] = [];
  const faults: Fault[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: counter, prettyErrors: false })) {
    faults.push(...document.errors.map((error) => syntaxFault(error.message, counter.linePos(error.pos[0]))));
    if (document.errors.length > 0) {
      continue;
    }
    try {
      const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
      if (nestsDeeper(value, MAX_DEPTH)) {
        faults.push(tooDeep());
      } else if (value !== null && value !== undefined) {
        documents.push({ value, position: (path, part) => locate(document, counter, path, part) });
      }
    } catch (error) {
      faults.push(syntaxFault((error as Error).message, { line: 1, col: 1 }));
    }
  }
  return { documents, faults };
}

/** A value that never was text, such as the body of a request. */
export function documentOf(value: unknown): SourceDocument {
  return { value, position: () => undefined };
}

/** JSON is read by the engine, many times faster than as YAML; the slower reader only looks up positions, once there are faults. */
function parseJson(text: string): SourceDocument | undefined {
  if (!/^\s*[[{]/.test(text)) {
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const counter = new LineCounter();
  let parsed: Document.Parsed | undefined;
  return {
    value,
    position: (path, part) => {
      parsed ??= parseAllDocuments(text, { lineCounter: counter, uniqueKeys: false })[0] as Document.Parsed;
      return locate(parsed, counter, path, part);
    },
  };
}

function tooDeep(): Fault {
  return {
    code: 'syntax',
    path: '',
    message: `it is nested deeper than ${MAX_DEPTH} levels, or contains itself by an alias`,
    suggestion: 'write what is repeated in full',
  };
}

/** Whether a value has more levels than that. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}

function syntaxFault(message: string, position: { line: number; col: number }): Fault {
  return {
    code: 'syntax',
    path: '',
    message: message.replace(/\.$/, ''),
    suggestion: 'correct the YAML or JSON syntax here',
    line: position.line,
    column: position.col,
  };
}

function locate(
  document: Document.Parsed,
  counter: LineCounter,
  path: Path,
  part: 'key' | 'value' = 'value',
): Position | undefined {
  let node: Node | null | undefined = document.contents;
  let found: Node | null | undefined = node;
  for (const [depth, step] of path.entries()) {
    node = isAlias(node) ? node.resolve(document) : node;
    const wantKey = part === 'key' && depth === path.length - 1;
    node = isMap(node)
      ? entry(node.items as Array<{ key: unknown; value: unknown }>, String(step), wantKey)
      : item(node, step);
    if (!node) {
      break;
    }
    found = node;
  }
  const offset = (found as ParsedNode | null | undefined)?.range?.[0];
  if (offset === undefined) {
    return undefined;
  }
  const { line, col } = counter.linePos(offset);
  return { line, column: col };
}

function entry(items: Array<{ key: unknown; value: unknown }>, name: string, wantKey: boolean): Node | undefined {
  const pair = items.find(({ key }) => String(isScalar(key) ? key.value : key) === name);
  return (wantKey ? pair?.key : (pair?.value ?? pair?.key)) as Node | undefined;
}

function item(node: unknown, index: string | number): Node | undefined {
  return isSeq(node) && typeof index === 'number' ? (node.items[index] as Node | undefined) : undefined;
}
