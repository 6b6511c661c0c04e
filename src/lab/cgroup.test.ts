import { expect, test } from 'vitest';
import { cgroupMount } from './cgroup.js';

test.each([
  ['unified', '23 1 0:5 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate', '/sys/fs/cgroup'],
  [
    'hybrid',
    '37 31 0:36 / /sys/fs/cgroup/cpu rw shared:2 - cgroup cgroup rw,cpu\n' +
      '38 31 0:38 / /sys/fs/cgroup/unified rw shared:3 - cgroup2 cgroup2 rw',
    '/sys/fs/cgroup/unified',
  ],
  ['a space in the path', '23 1 0:5 / /mnt/c\\040g rw - cgroup2 none rw', '/mnt/c g'],
  ['version 1 only', '37 31 0:36 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu', undefined],
])('the mount of cgroup v2: %s', (_, mountinfo, expected) => {
  expect(cgroupMount(mountinfo)).toBe(expected);
});
