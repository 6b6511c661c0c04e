/** Differences of certificate lists. */
import type { ProxyConfig } from '../proxy-config.js';
import { addToList, deleteFromList, plain, type Step, showList } from './commands.js';
import type { Part } from './diff.js';
import { LISTS, pathOf, sameText } from './kinds.js';
import { withRun } from './paths.js';

export function diffLists(previous: ProxyConfig, next: ProxyConfig, run: string): Part {
  if (previous.certificateLists === next.certificateLists) {
    return {};
  }
  const steps: Step[] = [];
  const reload: string[] = [];
  for (const [name, lines] of next.certificateLists) {
    const before = previous.certificateLists.get(name);
    if (before === undefined) {
      reload.push(`certificate list ${name} is new`);
    } else if (before[0] !== lines[0]) {
      // HAProxy keeps the default certificate of a bind line as long as it runs.
      reload.push(`certificate list ${name} has another default`);
    } else if (sameText(before, lines)) {
    } else if (without(before, lines).some((line) => linesOf(before, certificateOf(line)) > 1)) {
      reload.push(`certificate list ${name} has several lines of a certificate`);
    } else {
      steps.push(...listSteps(pathOf(LISTS, name, run), before, lines, run));
    }
  }
  for (const name of previous.certificateLists.keys()) {
    if (!next.certificateLists.has(name)) {
      reload.push(`certificate list ${name} is gone`);
    }
  }
  return { steps, reload };
}

/** New lines first: a certificate whose line changes is never without one, and its clients never get the default instead. */
function listSteps(list: string, previous: readonly string[], next: readonly string[], run: string): Step[] {
  const added = without(next, previous).map((line) => plain(addToList(list, withRun(line, run))));
  const removed = without(previous, next).map((line): Step => {
    const certificate = withRun(certificateOf(line), run);
    return {
      kind: 'question',
      command: showList(list),
      next: (answer) => [deleteFromList(list, certificate, firstLine(answer, certificate))],
    };
  });
  return [...added, ...removed];
}

/** Lines of `a` that are not in `b`; a line that is there twice has to be there twice. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of b) {
    left.set(line, (left.get(line) ?? 0) + 1);
  }
  return a.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function certificateOf(line: string): string {
  return line.split(' ')[0]!;
}

function linesOf(lines: readonly string[], certificate: string): number {
  return lines.filter((line) => certificateOf(line) === certificate).length;
}

/** Number of the certificate's oldest line in an answer of `PATH:NUMBER [options] filters`; 0, which is no line, where it has none. */
function firstLine(answer: string, certificate: string): string {
  const found = answer.split('\n').find((line) => line.startsWith(`${certificate}:`));
  return found === undefined ? '0' : /^\d+/.exec(found.slice(certificate.length + 1))![0];
}
