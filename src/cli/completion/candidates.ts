/** What may stand at a place of a command line. */
import { Argument, Option } from 'commander';

/** Words that are known, objects by name, columns or attributes of a kind, several of them between commas, or files. */
export type Candidates =
  | { kind: 'words'; words: readonly string[] }
  | { kind: 'objects'; type: string }
  | { kind: 'list'; words: readonly string[] }
  | { kind: 'files' };

/** An option that knows what may follow it. */
export class CompletableOption extends Option {
  candidates?: Candidates;

  completes(candidates: Candidates | undefined): this {
    if (candidates) {
      this.candidates = candidates;
    }
    return this;
  }
}

/** An argument that knows what may stand there. */
export class CompletableArgument extends Argument {
  readonly candidates: Candidates;

  constructor(name: string, help: string, candidates: Candidates) {
    super(name, help);
    this.candidates = candidates;
  }
}

/** An option whose value is a file. */
export function fileOption(flags: string, help: string): CompletableOption {
  return new CompletableOption(flags, help).completes({ kind: 'files' });
}
