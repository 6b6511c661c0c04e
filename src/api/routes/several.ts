/** Bodies that hold several objects of a kind. */
import { type Fault, SluiceError } from '../../model/errors.js';
import type { Body } from '../../schema/index.js';
import { wrongParameter } from './flags.js';

/**
 * Reads each object of a list.
 * @param many name of the list, `members`; faults are at `members[3].weight`
 * @param one name that the body reader gives an object, `member`
 * @throws SluiceError with every fault of every object
 */
export function readEach<T>(value: unknown, many: string, one: string, body: Body<T>): T[] {
  if (!Array.isArray(value)) {
    throw wrongParameter({ path: many, message: 'is not a list', suggestion: `write {"${many}": [ … ]}` });
  }
  const faults: Fault[] = [];
  const objects: T[] = [];
  value.forEach((element, index) => {
    try {
      objects.push(body.read(element));
    } catch (error) {
      if (!(error instanceof SluiceError) || error.faults.length === 0) {
        throw error;
      }
      faults.push(...error.faults.map((fault) => ({ ...fault, path: at(fault.path, one, `${many}[${index}]`) })));
    }
  });
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, many);
  }
  return objects;
}

/** `member.weight` becomes `members[3].weight`. */
function at(path: string, one: string, place: string): string {
  return path === one || path.startsWith(`${one}.`) ? `${place}${path.slice(one.length)}` : `${place}.${path}`;
}
