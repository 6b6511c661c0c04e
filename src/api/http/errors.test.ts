import { describe, expect, it } from 'vitest';
import { RetryLater } from '../../identity/index.js';
import { ERROR_CATALOGUE, type ErrorCode, SluiceError } from '../../model/errors.js';
import { asSluiceError, errorAnswer, HttpRefusal } from './errors.js';

const AUTH_URL = 'http://gateway:9876/identity';

describe('the answer to an error', () => {
  it.each(Object.keys(ERROR_CATALOGUE) as ErrorCode[])('%s has its status and the words that clients read', (code) => {
    const { status, body } = errorAnswer(new SluiceError(code, 'something happened'), AUTH_URL);
    expect(status).toBe(ERROR_CATALOGUE[code].status);
    if (code === 'unauthorized') {
      expect(body).toEqual({ error: { code: 401, title: 'Unauthorized', message: 'something happened' } });
    } else {
      const faultcode = status < 500 || status === 501 ? 'Client' : 'Server';
      expect(body).toEqual({ faultcode, faultstring: 'something happened', debuginfo: null, code, faults: [] });
    }
  });

  it('has the first fault and the number of the others on one line', () => {
    const fault = { code: 'invalid' as const, path: 'listener.protocol_port', message: '70000 is out\nof range' };
    const one = errorAnswer(SluiceError.fromFaults([fault], 'listener'), AUTH_URL).body;
    const three = errorAnswer(SluiceError.fromFaults([fault, fault, fault], 'listener'), AUTH_URL).body;
    expect(one).toMatchObject({ faultstring: 'listener.protocol_port: 70000 is out of range' });
    expect(three).toMatchObject({
      faultstring: 'listener.protocol_port: 70000 is out of range (and 2 more faults)',
      faults: [fault, fault, fault],
    });
  });

  it('tells who has no credentials where tokens come from', () => {
    const { headers } = errorAnswer(new SluiceError('unauthorized', 'no'), AUTH_URL);
    expect(headers).toEqual({ 'www-authenticate': `Keystone uri="${AUTH_URL}"` });
  });

  it('tells when to come back', () => {
    const { status, headers } = errorAnswer(new RetryLater(503, 'busy', 5), AUTH_URL);
    expect([status, headers]).toEqual([503, { 'retry-after': '5' }]);
  });
});

describe('what was thrown', () => {
  it('by Sluice is answered as it is', () => {
    const error = new SluiceError('conflict', 'twice');
    expect(asSluiceError(error, 'req-1')).toBe(error);
  });

  it.each([
    [413, 413],
    [415, 415],
    [400, 400],
    [411, 400],
  ])('by the HTTP server with %i is the client’s fault: %i', (statusCode, status) => {
    const error = asSluiceError(Object.assign(new Error('refused'), { statusCode }), 'req-1');
    expect(error).toBeInstanceOf(HttpRefusal);
    expect(error.status).toBe(status);
  });

  it('by nobody who foresaw it says where to look, and nothing else', () => {
    const error = asSluiceError(new TypeError('secret of line 7'), 'req-1');
    expect([error.status, error.message]).toEqual([500, "a defect in Sluice; the daemon's log tells more about req-1"]);
  });
});
