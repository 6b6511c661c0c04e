import { expect, it } from 'vitest';
import { addressBytes } from '../model/address.js';
import { endpointOf, HeldTargets } from './held-targets.js';

it('knows targets in use by listener, and resting ones by what they are, lowest first', () => {
  const held = new HeldTargets();
  const address = addressBytes('198.18.2.1');
  const row = (listener: number) => ({ address, port: 80, protocol: 6, flags: 0, weight: 1, listener, member: 3 });
  const endpoint = endpointOf(row(0));
  held.add(7, row(1), true);
  held.add(9, row(2), false);
  held.add(8, row(1), false);
  expect([held.inUse(1), held.inUse(2)]).toEqual([new Map([[endpoint, 7]]), undefined]);
  expect([held.resting(endpoint), held.allResting(), held.members.of(3)]).toEqual([[8, 9], [8, 9], 1]);
  held.remove(7, row(1));
  held.remove(8, row(1));
  expect([held.inUse(1), held.resting(endpoint), held.members.of(3)]).toEqual([undefined, [9], 0]);
});
