/** Tags of one object. */
import type { FaultReport } from './faults.js';

/** Reports keys that are used twice: LB-2 gives each key of an object one value. */
export function checkTags(tags: readonly string[], report: FaultReport): void {
  const keys = new Set<string>();
  for (const [index, tag] of tags.entries()) {
    const separator = tag.indexOf('=');
    const key = tag.slice(0, separator);
    if (separator > 0 && keys.has(key)) {
      report(['tags', index], {
        message: `tag key ${key} is used twice`,
        suggestion: 'give each key of an object one value',
      });
    }
    if (separator > 0) {
      keys.add(key);
    }
  }
}
