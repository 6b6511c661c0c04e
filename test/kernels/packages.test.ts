import { expect, test } from 'vitest';
import { newestFirst } from './packages.js';

const OFFERED = [
  'linux-image-6.1.0-9-cloud-amd64',
  'linux-image-6.1.0-56-amd64',
  'linux-image-6.1.0-56-cloud-amd64',
  'linux-image-6.1.0-56-cloud-amd64-dbg',
  'linux-image-6.1.0-56-cloud-amd64-unsigned',
  'linux-image-6.1.0-56-rt-amd64',
  'linux-image-6.12-cloud-amd64',
  'linux-image-6.12.101+deb12-cloud-amd64',
  'linux-image-6.12.99+deb12-cloud-amd64',
  'linux-image-6.12.101+deb12-cloud-arm64',
  'linux-image-6.12.117+deb12-cloud-amd64-unsigned',
  'linux-image-cloud-amd64',
];

test('the newest kernel of the 6.1 series comes first: cloud before general, signed before unsigned', () => {
  expect(newestFirst(OFFERED, '6.1')).toEqual([
    'linux-image-6.1.0-56-cloud-amd64',
    'linux-image-6.1.0-56-cloud-amd64-unsigned',
    'linux-image-6.1.0-56-amd64',
    'linux-image-6.1.0-9-cloud-amd64',
  ]);
});

test('6.12 is not taken for 6.1, and an unsigned kernel serves where it is the newest', () => {
  expect(newestFirst(OFFERED, '6.12')).toEqual([
    'linux-image-6.12.117+deb12-cloud-amd64-unsigned',
    'linux-image-6.12.101+deb12-cloud-amd64',
    'linux-image-6.12.99+deb12-cloud-amd64',
  ]);
});

test('an unknown series has none', () => {
  expect(newestFirst(OFFERED, '5.10')).toEqual([]);
});
