/** Single query parameters. */
import { type Fault, SluiceError } from '../../model/errors.js';
import { parseFlag, type Query } from '../list/query.js';

/** `true`, `True`, `1` and so on; absent: false. @throws SluiceError `invalid_configuration` for anything else */
export function flagParameter(query: Query, name: string): boolean {
  const value = query[name];
  const flag = value === undefined ? false : parseFlag(String(value));
  if (flag === undefined) {
    throw wrongParameter({
      path: name,
      message: `${value} is neither true nor false`,
      suggestion: 'write True or False',
    });
  }
  return flag;
}

/** One of some words; absent: the first. @throws SluiceError `invalid_configuration` for anything else */
export function choiceParameter<T extends string>(query: Query, name: string, choices: readonly [T, ...T[]]): T {
  const value = String(query[name] ?? choices[0]);
  const choice = choices.find((word) => word === value);
  if (choice === undefined) {
    throw wrongParameter({ path: name, message: `${value} is not known`, suggestion: `write ${choices.join(' or ')}` });
  }
  return choice;
}

export function wrongParameter(fault: Omit<Fault, 'code'>): SluiceError {
  return SluiceError.fromFaults([{ code: 'invalid', ...fault }], 'request');
}
