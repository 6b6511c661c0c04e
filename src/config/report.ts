/**
 * Collects every fault and warning of one input, so that a user corrects them in one go.
 */
import type { Fault, FaultCode } from '../model/errors.js';
import type { Path, SourceDocument } from './document.js';

/** What a fault says besides where it is. */
export interface FaultDetail {
  code?: FaultCode;
  message: string;
  suggestion?: string;
  /** Whether the key or the value is at fault. */
  part?: 'key' | 'value';
}

export class Report {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];
  readonly #source: SourceDocument;
  readonly #prefix: string;

  /** @param prefix put in front of every path: which of several documents it is */
  constructor(source: SourceDocument, prefix = '') {
    this.#source = source;
    this.#prefix = prefix;
  }

  fault(path: Path, detail: FaultDetail): void {
    this.faults.push(this.#describe(path, detail));
  }

  warn(path: Path, detail: FaultDetail): void {
    this.warnings.push(this.#describe(path, detail));
  }

  #describe(path: Path, { code = 'invalid', message, suggestion, part }: FaultDetail): Fault {
    const position = this.#source.position(path, part);
    return {
      code,
      path: this.#prefix + formatPath(path),
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(position ?? {}),
    };
  }
}

/** Faults in the order of the text; those without a position come first. */
export function inTextOrder(faults: readonly Fault[]): Fault[] {
  return [...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** `gateway.local_addresses[1]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') {
      return `${text}[${step}]`;
    }
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/**
 * The candidate a user most likely meant: the nearest within a third of its length in edits, else the shortest that contains what
 * was written as a word (`port` for `protocol_port`).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: { candidate: string; distance: number } | undefined;
  let containing: string | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance <= Math.max(1, Math.floor(candidate.length / 3)) && (!best || distance < best.distance)) {
      best = { candidate, distance };
    }
    const words = candidate.toLowerCase().split(/[_-]/);
    if (words.includes(lower) && (containing === undefined || candidate.length < containing.length)) {
      containing = candidate;
    }
  }
  return best?.candidate ?? containing;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const substitution = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, substitution);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, beforePrevious[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length]!;
}
