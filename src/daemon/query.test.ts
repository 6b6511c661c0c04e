import { describe, expect, it } from 'vitest';
import type { SluiceError } from '../model/errors.js';
import { parseEndpoint, readSessionRequest } from './query.js';

describe('parseEndpoint', () => {
  it.each([
    ['198.18.0.10', { address: '198.18.0.10' }],
    ['198.18.0.10:80', { address: '198.18.0.10', port: 80 }],
    [':443', { port: 443 }],
    ['fd00::1', { address: 'fd00::1' }],
    ['[fd00::1]:80', { address: 'fd00::1', port: 80 }],
    ['', undefined],
    ['198.18.0', undefined],
    ['198.18.0.10:0', undefined],
    ['198.18.0.10:70000', undefined],
    ['web:80', undefined],
  ])('reads %s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });
});

describe('readSessionRequest', () => {
  it('reads filters, limit and count', () => {
    expect(
      readSessionRequest({
        client: '198.18.1.2',
        vip: ':80',
        protocol: 'TCP',
        listener: 'web/http',
        limit: '5',
        count: '',
      }),
    ).toEqual({
      query: { client: { address: '198.18.1.2' }, vip: { port: 80 }, protocol: 6, listener: 'web/http' },
      limit: 5,
      count: true,
    });
  });

  it('asks for everything when nothing is given', () => {
    expect(readSessionRequest({})).toEqual({ query: {}, count: false });
  });

  it('reports every fault at once', () => {
    let faults: string[] = [];
    try {
      readSessionRequest({ client: 'me', limit: '-1', protocol: 'sctp', count: 'yes', clinet: '198.18.1.2' });
    } catch (error) {
      faults = (error as SluiceError).faults.map(({ path }) => path);
      expect((error as SluiceError).status).toBe(400);
    }
    expect(faults).toEqual(['client', 'protocol', 'limit', 'count', 'clinet']);
  });
});
