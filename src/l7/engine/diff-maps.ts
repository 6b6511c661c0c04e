/** Differences of maps: few lines are changed where they are, more replace the map at once. */
import type { ProxyConfig } from '../proxy-config.js';
import {
  addToMap,
  type Command,
  commitMap,
  deleteFromMap,
  isPlainWord,
  PAYLOAD_BYTES,
  plain,
  prepareMap,
  type Step,
  setInMap,
} from './commands.js';
import type { Part } from './diff.js';
import { MAPS, pathOf, sameText } from './kinds.js';

/** More changes than this one by one would be slower than a whole new map of usual size. */
const SINGLE_CHANGES = 50;

export function diffMaps(previous: ProxyConfig, next: ProxyConfig, run: string): Part {
  if (previous.maps === next.maps) {
    return {};
  }
  const steps: Step[] = [];
  const reload: string[] = [];
  for (const [name, lines] of next.maps) {
    const before = previous.maps.get(name);
    if (before === undefined) {
      reload.push(`map ${name} is new`);
    } else if (!sameText(before, lines)) {
      steps.push(...mapSteps(pathOf(MAPS, name, run), before, lines));
    }
  }
  for (const name of previous.maps.keys()) {
    if (!next.maps.has(name)) {
      reload.push(`map ${name} is gone`);
    }
  }
  return { steps, reload };
}

function mapSteps(path: string, previous: readonly string[], next: readonly string[]): Step[] {
  const changes = singleChanges(path, previous, next);
  if (changes !== undefined && changes.length <= SINGLE_CHANGES) {
    return changes.map(plain);
  }
  const fill = (answer: string) => {
    const version = /New version created: (\d+)/.exec(answer)![1]!;
    return [...payloads(next).map((lines) => addToMap(path, lines, version)), commitMap(path, version)];
  };
  return [{ kind: 'question', command: prepareMap(path), next: fill }];
}

/** The lines in pieces that a command can carry. */
export function payloads(lines: readonly string[]): string[] {
  const pieces: string[] = [];
  let piece: string[] = [];
  let size = 0;
  for (const line of lines) {
    const length = Buffer.byteLength(line) + 1;
    if (size + length > PAYLOAD_BYTES && piece.length > 0) {
      pieces.push(piece.join('\n'));
      piece = [];
      size = 0;
    }
    piece.push(line);
    size += length;
  }
  return piece.length === 0 ? pieces : [...pieces, piece.join('\n')];
}

/**
 * Additions, changes, removals that turn one map into the other.
 * @returns undefined where single changes cannot do it: lines would come in another order, which decides among regular
 *   expressions; keys appear twice; or a key has characters that the command socket would read differently
 */
function singleChanges(path: string, previous: readonly string[], next: readonly string[]): Command[] | undefined {
  const before = entries(previous);
  const after = entries(next);
  if (before === undefined || after === undefined) {
    return undefined;
  }
  const kept = [...before.keys()].filter((key) => after.has(key));
  const order = [...after.keys()];
  if (kept.some((key, index) => order[index] !== key)) {
    return undefined;
  }
  const added = order.slice(kept.length).map((key) => `${key} ${after.get(key)}`);
  const changed = kept.filter((key) => before.get(key) !== after.get(key));
  const removed = [...before.keys()].filter((key) => !after.has(key));
  const words = [...changed.flatMap((key) => [key, after.get(key)!]), ...removed];
  if (!words.every(isPlainWord)) {
    return undefined;
  }
  return [
    ...payloads(added).map((lines) => addToMap(path, lines)),
    ...changed.map((key) => setInMap(path, key, after.get(key)!)),
    ...removed.map((key) => deleteFromMap(path, key)),
  ];
}

/** Key to value in the order of the lines; undefined where a key comes twice. */
function entries(lines: readonly string[]): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const line of lines) {
    const space = line.search(/\s/);
    const key = space === -1 ? line : line.slice(0, space);
    if (found.has(key)) {
      return undefined;
    }
    found.set(key, space === -1 ? '' : line.slice(space).trim());
  }
  return found;
}
