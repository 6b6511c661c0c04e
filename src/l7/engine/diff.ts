/** What has to be told to a running HAProxy so that it does the next configuration instead of the previous. Pure. */
import type { ProxyConfig } from '../proxy-config.js';
import { type Command, plain, type Step, setVariable } from './commands.js';
import { diffBackends } from './diff-backends.js';
import { diffLists } from './diff-lists.js';
import { diffMaps } from './diff-maps.js';
import { diffTls } from './diff-tls.js';
import { AUTHORITIES, CERTIFICATES, type FileText, PAGES, REVOCATIONS, sameText } from './kinds.js';
import { sectionsDiffer } from './render.js';

export interface Plan {
  /** Why it takes a reload; empty: the steps are enough. */
  reload: readonly string[];
  /** In this order: what is new before what refers to it, what is gone last. */
  steps: readonly Step[];
  /** Whether files on disk differ. */
  files: boolean;
}

/** Steps of one part, by when they are due, and what of it only a reload can do. */
export interface Part {
  /** What others may refer to. */
  before?: Step[];
  steps?: Step[];
  /** What nobody may refer to any more. */
  after?: Step[];
  reload?: string[];
}

export const NOTHING_TO_DO: Plan = { reload: [], steps: [], files: false };

/** @param run the run directory, which commands name files by */
export function diff(previous: ProxyConfig, next: ProxyConfig, run: string): Plan {
  if (previous === next) {
    return NOTHING_TO_DO;
  }
  const parts: Part[] = [
    diffTls(CERTIFICATES, 'cert', previous, next, run),
    diffTls(AUTHORITIES, 'ca-file', previous, next, run),
    diffTls(REVOCATIONS, 'crl-file', previous, next, run),
    diffBackends(previous.backends, next.backends),
    { steps: diffVariables(previous.variables, next.variables).map(plain) },
    diffLists(previous, next, run),
    diffMaps(previous, next, run),
    { reload: diffTexts(previous, next) },
  ];
  const steps = [
    ...parts.flatMap((part) => part.before ?? []),
    ...parts.flatMap((part) => part.steps ?? []),
    ...parts.flatMap((part) => part.after ?? []),
  ];
  const reload = parts.flatMap((part) => part.reload ?? []);
  const files = steps.length > 0 || reload.length > 0 || sectionsDiffer(previous, next);
  return { reload, steps, files };
}

function diffTexts(previous: ProxyConfig, next: ProxyConfig): string[] {
  const reasons = sameText(previous.base, next.base) ? [] : ['global settings changed'];
  return [
    ...reasons,
    ...diffNames('frontend', previous.frontends, next.frontends),
    ...diffNames('page', PAGES.of(previous), PAGES.of(next)),
  ];
}

/** One sentence for each text that is new, gone or another. */
export function diffNames(
  what: string,
  previous: ReadonlyMap<string, FileText>,
  next: ReadonlyMap<string, FileText>,
): string[] {
  if (previous === next) {
    return [];
  }
  const reasons: string[] = [];
  for (const [name, text] of next) {
    const before = previous.get(name);
    if (before === undefined) {
      reasons.push(`${what} ${name} is new`);
    } else if (!sameText(before, text)) {
      reasons.push(`${what} ${name} changed`);
    }
  }
  for (const name of previous.keys()) {
    if (!next.has(name)) {
      reasons.push(`${what} ${name} is gone`);
    }
  }
  return reasons;
}

/** A variable that nothing refers to any more stays until the next reload and does no harm. */
function diffVariables(previous: ReadonlyMap<string, number>, next: ReadonlyMap<string, number>): Command[] {
  if (previous === next) {
    return [];
  }
  return [...next]
    .filter(([name, value]) => previous.get(name) !== value)
    .map(([name, value]) => setVariable(name, value));
}
