/**
 * How results of cases get from the runner to whoever started it, over a pipe or a serial port: lines of the Test Anything Protocol,
 * and a last one that proves that the runner came to its end.
 */

export interface Result {
  sentence: string;
  passed: boolean;
  /** Why it failed, line by line. */
  details: string[];
}

export const formatPlan = (count: number): string => `1..${count}`;

export function formatResult(number: number, { sentence, passed, details }: Result): string {
  const head = `${passed ? 'ok' : 'not ok'} ${number} - ${sentence}`;
  return passed ? head : [head, '  ---', ...details.map((line) => `  | ${line}`), '  ...'].join('\n');
}

export function formatSummary(results: readonly Result[]): string {
  return `# ${results.length} cases, ${results.filter(({ passed }) => !passed).length} failed`;
}

/** The runner cannot go on. */
export function formatBailOut(reason: string): string {
  const [head, ...rest] = reason.split('\n');
  return [`Bail out! ${head}`, ...rest.map((line) => `  ! ${line}`)].join('\n');
}

/** Gathers results from lines; lines that are none are left aside. */
export class ResultReader {
  readonly results: Result[] = [];
  #planned: number | undefined;
  #bailOut: string[] = [];
  #summary: { count: number; failed: number } | undefined;

  read(line: string): void {
    const plan = /^1\.\.(\d+)$/.exec(line);
    const result = /^(not )?ok \d+ - (.*)$/.exec(line);
    const detail = /^ {2}\| (.*)$/.exec(line);
    const summary = /^# (\d+) cases, (\d+) failed$/.exec(line);
    const bailOut = /^(?:Bail out!| {2}!) (.*)$/.exec(line);
    if (plan) this.#planned = Number(plan[1]);
    else if (result) this.results.push({ sentence: result[2]!, passed: result[1] === undefined, details: [] });
    else if (detail) this.results.at(-1)?.details.push(detail[1]!);
    else if (bailOut) this.#bailOut.push(bailOut[1]!);
    else if (summary) this.#summary = { count: Number(summary[1]), failed: Number(summary[2]) };
  }

  /** What keeps the results from being complete; undefined when every planned case has reported and the runner came to its end. */
  incomplete(): string | undefined {
    if (this.#bailOut.length > 0) return ['the runner gave up', ...this.#bailOut].join('\n');
    if (this.#planned === undefined) return 'the runner did not get as far as its plan';
    if (this.#summary === undefined) return `the runner stopped after ${this.results.length} of ${this.#planned} cases`;
    if (this.#summary.count !== this.#planned || this.results.length !== this.#planned)
      return `${this.results.length} of ${this.#planned} results arrived`;
    return undefined;
  }
}
