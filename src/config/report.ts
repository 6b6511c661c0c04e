/**
 * Collects every fault and warning of one input, so that a user corrects them in one go.
 */
import type { Fault } from '../model/errors.js';
import { type FaultDetail, formatPath, type Path } from '../schema/faults.js';
import type { SourceDocument } from './document.js';

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
