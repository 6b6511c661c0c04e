import { describe, expect, it } from 'vitest';
import { type Fault, formatFault, SluiceError } from './errors.js';

const fault: Fault = {
  code: 'invalid',
  path: 'gateway.name',
  message: 'is wrong',
  suggestion: 'write it right',
  line: 3,
  column: 9,
};

describe('SluiceError', () => {
  it.each([
    ['invalid_configuration', 400, ['unsupported', 'invalid']],
    ['unsupported', 501, ['unsupported', 'unsupported']],
    ['conflict', 409, ['conflict']],
  ] as const)('%s (%i) for faults %s', (code, status, codes) => {
    const error = SluiceError.fromFaults(
      codes.map((one) => ({ ...fault, code: one })),
      'web.yaml',
    );
    expect([error.code, error.status]).toEqual([code, status]);
  });

  it('shows every fault with position, path and what to do', () => {
    const error = SluiceError.fromFaults([fault, { code: 'syntax', path: '', message: 'no' }], 'web.yaml');
    expect(error.message).toBe(
      'web.yaml: 2 faults; nothing was changed\n  3:9 gateway.name: is wrong; write it right\n  no',
    );
  });

  it('crosses a process boundary', () => {
    const error = new SluiceError('capacity_exceeded', 'too much', { faults: [fault], cause: new Error('inner') });
    const copy = SluiceError.fromJSON(JSON.parse(JSON.stringify(error)));
    expect(copy).toMatchObject({ code: 'capacity_exceeded', message: 'too much', status: 507, faults: [fault] });
    expect(SluiceError.fromJSON({ ...error.toJSON(), code: 'made_up' as never }).code).toBe('internal');
  });
});

describe('formatFault', () => {
  it('leaves out what is not known', () => {
    expect(formatFault({ code: 'invalid', path: 'a.b', message: 'is wrong' })).toBe('a.b: is wrong');
  });
});
