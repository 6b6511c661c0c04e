/** Words for what is wrong with input: where, what was found, what to write instead. */
import { type Fault, type FaultCode, SluiceError } from '../model/errors.js';

/** Keys and indexes from the root of a document down to a value. */
export type Path = ReadonlyArray<string | number>;

/** What a fault says besides where it is. */
export interface FaultDetail {
  /** Default `invalid`. */
  code?: FaultCode;
  message: string;
  suggestion?: string;
  /** Whether the key or the value is at fault; decides which of the two a position in text points at. */
  part?: 'key' | 'value';
}

/** Takes the faults of an object; the path starts at that object. */
export type FaultReport = (path: Path, detail: FaultDetail) => void;

/** Takes the faults of what lies at `path` below the object of `report`. */
export function below(report: FaultReport, ...path: Path): FaultReport {
  return (rest, detail) => report([...path, ...rest], detail);
}

/**
 * Runs checks and gives what they return, unless they found faults.
 * @param root first step of every fault's path: `listener`
 * @throws SluiceError with every fault
 */
export function refuseFaults<T>(root: string, check: (report: FaultReport) => T): T {
  const faults: Fault[] = [];
  const result = check((path, { code = 'invalid', message, suggestion }) => {
    faults.push({
      code,
      path: formatPath([root, ...path]),
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  });
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, root);
  }
  return result;
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

/** A protocol or type with its article: `a TCP`, `an HTTP`. */
export function withArticle(name: string): string {
  return `${/^(HTTP|SCTP|SSL)/.test(name) ? 'an' : 'a'} ${name}`;
}

/** A value as a fault quotes it, cut to a readable length. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The candidate a user most likely meant: the nearest within a third of its length in edits, else the shortest that contains what
 * was written as a word (`port` for `protocol_port`).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.slice(0, LONGEST_WORD).toLowerCase();
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

/** More of a word is not compared: a field name of a megabyte would keep the process busy for minutes. */
const LONGEST_WORD = 64;

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
