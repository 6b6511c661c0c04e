import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../model/errors.js';
import { exitCodeOf, messageOf, SeveralFailed } from './failure.js';

describe('failures', () => {
  const cases: [string, unknown, number][] = [
    ['help is no failure', new CommanderError(0, 'commander.help', ''), 0],
    ['wrong usage', new CommanderError(1, 'commander.unknownOption', 'no'), 2],
    ['faults in the input', new SluiceError('invalid_configuration', 'no'), 2],
    ['an interface that is missing', new SluiceError('interface_unusable', 'no'), 2],
    ['a conflict with what exists', new SluiceError('conflict', 'no'), 2],
    ['a quota', new SluiceError('quota_exceeded', 'no'), 2],
    ['no daemon', new SluiceError('daemon_unreachable', 'no'), 3],
    ['an object that does not exist', new SluiceError('not_found', 'no'), 4],
    ['missing rights', new SluiceError('permission_denied', 'no'), 1],
    ['wrong credentials', new SluiceError('unauthorized', 'no'), 1],
    ['a defect', new TypeError('no'), 1],
    ['several failures: the first one', new SeveralFailed('no', new SluiceError('not_found', 'no')), 4],
  ];
  it.each(cases)('%s', (_sentence, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('are told without a stack', () => {
    expect(messageOf(new TypeError('it broke'), {})).toBe('sluice: it broke');
    expect(messageOf(new TypeError('it broke'), { SLUICE_DEBUG: '1' })).toContain('failure.test');
  });
});
