/** The run directory on disk. Every file is replaced whole, so that a HAProxy that starts in the middle reads no half of one. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { ProxyConfig } from '../proxy-config.js';
import { contentOf, FILE_KINDS, type FileKind, type FileText, pathOf, sameText } from './kinds.js';
import { type ProxyPaths, withoutRun, withRun } from './paths.js';
import { parseConfig, renderConfig, sectionsDiffer } from './render.js';

const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;
/** The log is cut at this size: HAProxy writes two lines for each section at each reload. */
const LOG_BYTES = 1 << 20;
const NAME = /^[\w.@:+-]+$/;

/** Makes the directories. Workers enter the jail as their own user but cannot write there. */
export function makeDirectories(paths: ProxyPaths): void {
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  chmodSync(paths.run, 0o700);
  for (const kind of FILE_KINDS) {
    mkdirSync(`${paths.run}/${kind.folder}`, { recursive: true, mode: 0o700 });
  }
  mkdirSync(paths.jail, { recursive: true });
  chmodSync(paths.jail, 0o711);
}

/** Whether the directory is in memory, where private keys never reach a disk. */
export function isInMemory(directory: string): boolean {
  const { type } = statfsSync(directory);
  return type === TMPFS_MAGIC || type === RAMFS_MAGIC;
}

/** Replaces a file whole, readable by root only. */
export function writeAtomic(path: string, content: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}

/**
 * Makes the files on disk those of `next`.
 * @param previous what lies there; undefined where that is not known: then everything is written and strangers are removed
 */
export function writeFiles(paths: ProxyPaths, previous: ProxyConfig | undefined, next: ProxyConfig): void {
  for (const kind of FILE_KINDS) {
    writeKind(paths, kind, previous && kind.of(previous), kind.of(next));
  }
  if (previous === undefined || sectionsDiffer(previous, next)) {
    writeAtomic(paths.config, renderConfig(next, paths.run));
  }
}

function writeKind(
  paths: ProxyPaths,
  kind: FileKind,
  previous: ReadonlyMap<string, FileText> | undefined,
  next: ReadonlyMap<string, FileText>,
): void {
  if (previous === next) {
    return;
  }
  for (const [name, text] of next) {
    if (previous === undefined || !sameText(previous.get(name), text)) {
      checkName(name);
      writeAtomic(pathOf(kind, name, paths.run), withRun(contentOf(text), paths.run));
    }
  }
  for (const name of previous?.keys() ?? namesOnDisk(paths, kind)) {
    if (!next.has(name)) {
      rmSync(pathOf(kind, name, paths.run), { force: true });
    }
  }
}

/** A name with a slash would be written outside the run directory. */
function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw new Error(`not a file name: ${JSON.stringify(name)}`);
  }
}

function namesOnDisk(paths: ProxyPaths, kind: FileKind): string[] {
  return readdirSync(`${paths.run}/${kind.folder}`).map((file) => basename(file, kind.extension));
}

/** What the files say; undefined where they cannot be read as a configuration. Ids of members are not in them. */
export function readFiles(paths: ProxyPaths): ProxyConfig | undefined {
  if (!existsSync(paths.config)) {
    return undefined;
  }
  const sections = parseConfig(readFileSync(paths.config, 'utf8'), paths.run);
  if (sections === undefined) {
    return undefined;
  }
  const [maps, certificates, certificateLists, authorities, revocations, pages] = FILE_KINDS.map((kind) => {
    const texts = namesOnDisk(paths, kind).map((name): [string, string] => {
      const text = readFileSync(pathOf(kind, name, paths.run), 'utf8');
      return [name, withoutRun(text, paths.run)];
    });
    return new Map(texts);
  });
  return {
    ...sections,
    maps: lines(maps!),
    certificates: certificates!,
    certificateLists: lines(certificateLists!),
    authorities: authorities!,
    revocations: revocations!,
    pages: pages!,
    addresses: [],
    warnings: [],
  };
}

function lines(texts: ReadonlyMap<string, string>): Map<string, readonly string[]> {
  return new Map([...texts].map(([name, text]) => [name, text === '' ? [] : text.trimEnd().split('\n')]));
}

/** Cuts the log once it is long; what HAProxy appends afterwards follows what is left. */
export function boundLog(paths: ProxyPaths): void {
  if ((statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) {
    const text = readFileSync(paths.log);
    writeFileSync(paths.log, text.subarray(text.length - LOG_BYTES / 8));
  }
}

/** Removes what the engine and HAProxy made, and the run directory if nothing else is in it. */
export function removeFiles(paths: ProxyPaths): void {
  if (!existsSync(paths.run)) {
    return;
  }
  const { run: _, ...own } = paths;
  const names = [...Object.values(own).map((path) => basename(path)), ...FILE_KINDS.map(({ folder }) => folder)];
  for (const entry of readdirSync(paths.run)) {
    // HAProxy and the engine make files beside the final ones while they replace them.
    if (names.some((name) => entry === name || entry.startsWith(`${name}.`))) {
      rmSync(join(paths.run, entry), { recursive: true });
    }
  }
  if (readdirSync(paths.run).length === 0) {
    rmSync(paths.run, { recursive: true });
  }
}
