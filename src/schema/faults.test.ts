import { describe, expect, it } from 'vitest';
import { formatPath, nearest } from './faults.js';

describe('nearest', () => {
  const fields = ['name', 'protocol', 'protocol_port', 'lb_algorithm', 'healthmonitor', 'admin_state_up'];
  it.each([
    ['nmae', 'name'],
    ['Protocol', 'protocol'],
    ['port', 'protocol_port'],
    ['algorithm', 'lb_algorithm'],
    ['health_monitor', 'healthmonitor'],
    ['zone', undefined],
    ['', undefined],
  ])('%s: %s', (word, expected) => {
    expect(nearest(word, fields)).toBe(expected);
  });
});

describe('formatPath', () => {
  it('writes fields with dots and items in brackets', () => {
    expect(formatPath(['gateway', 'local_addresses', 1])).toBe('gateway.local_addresses[1]');
    expect(formatPath([0, 'name'])).toBe('[0].name');
  });
});
