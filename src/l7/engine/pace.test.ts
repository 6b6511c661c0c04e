import { expect, it } from 'vitest';
import { ReloadPace } from './pace.js';

it.each([
  ['the first reload', undefined, 0],
  ['three a second with few old workers', 1, 334],
  ['one a second with ten old workers', 10, 1000],
  ['never less than one in five seconds', 500, 5000],
])('%s', (_, old, expected) => {
  const pace = new ReloadPace();
  if (old !== undefined) {
    pace.reloaded(old, 1000);
  }
  expect(pace.wait(1000)).toBe(expected);
});
