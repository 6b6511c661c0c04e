import { expect, it } from 'vitest';
import { parseProcesses } from './master.js';

it('the processes of a master after reloads', () => {
  const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
30540           master          5 [failed: 1]   0d00h03m49s     2.6.12-1+deb12u4
# workers
2168            worker          0               0d00h00m00s     2.6.12-1+deb12u4
# old workers
2038            worker          1               0d00h00m10s     2.6.12-1+deb12u4
1999            worker          2               1d00h00m10s     2.6.12-1+deb12u3
# programs

`;
  expect(parseProcesses(text)).toEqual({
    master: { pid: 30540, reloads: 5, failed: 1, version: '2.6.12-1+deb12u4' },
    worker: { pid: 2168, version: '2.6.12-1+deb12u4' },
    old: [
      { pid: 2038, version: '2.6.12-1+deb12u4' },
      { pid: 1999, version: '2.6.12-1+deb12u3' },
    ],
  });
});

it('a text that is something else', () => {
  expect(parseProcesses('Unknown command')).toBeUndefined();
});
