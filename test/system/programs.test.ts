/** Programs that everybody uses, unchanged at both ends: curl and wrk as clients, nginx as members. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NGINX_PORT, type RunningNginx, startNginx } from '../../src/lab/backends.js';
import { until } from '../../src/lab/wait.js';
import { PATIENCE, Scene, type Service } from './support.js';

const scene = new Scene('programs', { programs: false });
const { lab } = scene;
let members: RunningNginx[];
let web: Service;

beforeAll(async () => {
  await scene.start();
  members = await Promise.all(lab.plan.backends.map(({ name }) => startNginx(lab, name)));
  web = await scene.serve({ members: scene.members({ protocol_port: NGINX_PORT }) });
});
afterAll(() => scene.stop());

/** Runs curl; any failure of it is the test's. */
const curl = (...argv: string[]) => lab.runOrThrow('client1', ['curl', '-sS', '--fail', ...argv]);

/** Which members answered how often. */
function count(output: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, name] of output.matchAll(/"backend":"(\w+)"/g)) counts[name!] = (counts[name!] ?? 0) + 1;
  return counts;
}

describe('curl', () => {
  test('asks three hundred times on one connection: one member answers', async () => {
    const output = await curl('-w', '\\n%{num_connects} %{local_port}\\n', `${web.url}?[1-300]`);
    const counters = [...output.matchAll(/^(\d) (\d+)$/gm)].map(([, connects]) => Number(connects));
    expect(counters.reduce((sum, connects) => sum + connects, 0)).toBe(1);
    expect(Object.values(count(output))).toEqual([300]);
  });

  test.each([
    ['HTTP/1.0', ['--http1.0']],
    ['Connection: close', ['-H', 'Connection: close']],
  ])('with %s opens a connection for each request: members take turns', async (_, options) => {
    const output = await curl(...options, `${web.url}?[1-90]`);
    expect(count(output)).toEqual({ backend1: 30, backend2: 30, backend3: 30 });
  });

  test('takes fifty files of 2 MB at a time, each as it was stored', async () => {
    const content = randomBytes(2_000_000);
    for (const { files } of members) writeFileSync(join(files, 'random'), content);
    const target = join(lab.runDirectory, 'fetched-#1');
    await curl(
      '--parallel',
      '--parallel-immediate',
      '-H',
      'Connection: close',
      '-o',
      target,
      `${web.url}files/random?[1-50]`,
    );
    const names = Array.from({ length: 50 }, (_, index) => join(lab.runDirectory, `fetched-${index + 1}`));
    const sums = await lab.runOrThrow('client1', ['sha256sum', ...names]);
    const expected = createHash('sha256').update(content).digest('hex');
    expect(
      sums
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(Array(50).fill(expected));
  });

  test('is refused at a port without a listener by the host itself', async () => {
    const { code } = await lab.run('client1', ['curl', '-sS', `http://${scene.lab.plan.vips[0]}:9/`]);
    // CURLE_COULDNT_CONNECT
    expect(code).toBe(7);
  });
});

describe('wrk with a hundred connections', () => {
  /** What wrk says after three seconds: requests, and every kind of error it knows. */
  async function wrk(...options: string[]): Promise<{ requests: number; errors: string[] }> {
    const output = await lab.runOrThrow('client2', [
      'wrk',
      '-t2',
      '-c100',
      '-d3s',
      '--timeout',
      '30s',
      ...options,
      web.url,
    ]);
    const errors = output.split('\n').filter((line) => /Socket errors|Non-2xx/.test(line));
    return { requests: Number(/(\d+) requests in/.exec(output)?.[1]), errors };
  }

  test('keeps them: no error, all members take part, no packet is dropped', async () => {
    const before = await web.status();
    const { requests, errors } = await wrk();
    expect(errors).toEqual([]);
    expect(requests).toBeGreaterThan(1000);
    const after = await web.status();
    // One more: wrk tries the address before it begins.
    expect(after.sessions - before.sessions).toBe(100 + 1);
    for (const [index, { sessions }] of after.members.entries()) {
      expect(sessions - before.members[index]!.sessions).toBeGreaterThanOrEqual(33);
    }
    expect(await scene.drops()).toEqual({});
  });

  test('closes each after one request: no error, and no connection stays', async () => {
    const { requests, errors } = await wrk('-H', 'Connection: close');
    expect(errors).toEqual([]);
    expect(requests).toBeGreaterThan(1000);
    expect(await scene.drops()).toEqual({});
    await until(async () => (await web.status()).active === 0, PATIENCE, 'no connection to count as active');
  });
});
