/** The tool sluice-receiver: attach, detach, status, being killed, being misused. Needs root. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AS_NOBODY } from '../support/nobody.js';
import { Backend, bothCalls, fromSource, GATEWAY, PATIENCE, STRANGER } from '../support/receiver.js';
import { toa } from '../support/tcp-options.js';

const SEEN = '203.0.113.7:51515';
const OPTION = toa(SEEN);
const PORT = 28080;

const backend = new Backend('tool');

beforeAll(async () => {
  await backend.start();
  await backend.serveNative(PORT);
}, 60_000);

afterAll(() => backend.stop());

describe('attaching and detaching', () => {
  beforeEach(() => backend.receiver('detach'));

  it('leaves connections alone that were accepted before', async () => {
    const connection = await backend.connect({ port: PORT, ack: OPTION });
    expect(await connection.line()).toEqual(fromSource(GATEWAY));
    await backend.attach();
    await connection.send('x', OPTION);

    expect(await connection.line()).toEqual(fromSource(GATEWAY));
    await connection.close();
  });

  it('everything is as before after detach, also for open connections', async () => {
    await backend.attach();
    const connection = await backend.connect({ port: PORT, ack: OPTION });
    expect(await connection.line()).toBe(bothCalls(SEEN));
    const { code } = await backend.receiver('detach');
    await connection.send('x');

    expect(code).toBe(0);
    expect(await connection.line()).toMatch(/^accept=203\.0\.113\.7:51515 peer=198\.18\.200\.2:/);
    expect(await backend.ask({ port: PORT, ack: OPTION })).toEqual(fromSource(GATEWAY));
    expect(existsSync(backend.pins)).toBe(false);
    await connection.close();
  });

  it('detach without anything attached is no fault', async () => {
    expect(await backend.receiver('detach')).toMatchObject({ code: 0, stderr: '' });
  });

  it('attach with the same options again changes nothing', async () => {
    await backend.attach();
    const connection = await backend.connect({ port: PORT, ack: OPTION });
    await connection.line();
    const again = await backend.receiver('attach', '--cgroup', backend.cgroup, '--gateway', GATEWAY);
    await connection.send('x');

    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(await connection.line()).toBe(bothCalls(SEEN));
    expect((await backend.status()).connections).toMatchObject({ translated: 1 });
    expect(await backend.ask({ port: PORT, ack: OPTION })).toBe(bothCalls(SEEN));
    expect((await backend.status()).connections).toMatchObject({ translated: 2 });
    await connection.close();
  });

  it.each([
    ['another allow-list', ['--gateway', STRANGER], /another allow-list: add --replace/],
    ['another kind', ['--gateway', GATEWAY, '--kind', '200'], /option kind 254: add --replace/],
    ['another cgroup', ['--gateway', GATEWAY, '--cgroup', ''], /another cgroup, .*sluice-rcv-tool: add --replace/],
  ])('attach with %s is refused and changes nothing', async (_, options, message) => {
    await backend.attach();
    const child = backend.makeCgroup('child');
    const args = options.includes('--cgroup')
      ? options.map((word) => word || child)
      : [...options, '--cgroup', backend.cgroup];
    const before = await backend.status();
    const result = await backend.receiver('attach', ...args);
    backend.removeCgroup(child);

    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(message);
    expect(await backend.status()).toEqual(before);
  });

  it('--replace takes new options over and keeps accepted connections', async () => {
    await backend.attach();
    const connection = await backend.connect({ port: PORT, ack: OPTION });
    await connection.line();
    const args = ['attach', '--replace', '--cgroup', backend.cgroup, '--gateway', STRANGER, '--kind', '200'];
    expect((await backend.receiver(...args)).code).toBe(0);
    await connection.send('x');

    expect(await connection.line()).toBe(bothCalls(SEEN));
    expect(await backend.status()).toMatchObject({ state: 'attached', kind: 200, gateways: [STRANGER] });
    await connection.close();
  });

  it('--replace moves to another cgroup', async () => {
    const child = backend.makeCgroup('child');
    await backend.receiver('attach', '--cgroup', child, '--gateway', GATEWAY);
    expect(await backend.ask({ port: PORT, ack: OPTION })).toEqual(fromSource(GATEWAY));
    await backend.attach();

    expect(await backend.ask({ port: PORT, ack: OPTION })).toBe(bothCalls(SEEN));
    expect(await backend.status()).toMatchObject({ state: 'attached', cgroup: backend.cgroup });
    backend.removeCgroup(child);
  });
});

describe('a killed attach', () => {
  beforeEach(() => backend.receiver('detach'));

  it.each(['sockops', 'getpeername6', 'settings'])(
    'that did not get to %s shows in status and is finished by the next',
    async (name) => {
      await backend.attach();
      unlinkSync(join(backend.pins, name));
      const status = await backend.receiver('status', '-o', 'json');

      expect(status.code).toBe(1);
      expect(JSON.parse(status.stdout)).toMatchObject({ state: 'incomplete', faults: [`${name} is missing`] });
      expect((await backend.receiver('status')).stdout).toContain(`${name} is missing`);

      expect((await backend.receiver('attach', '--cgroup', backend.cgroup, '--gateway', GATEWAY)).code).toBe(0);
      expect(await backend.status()).toMatchObject({ state: 'attached', faults: [] });
      expect(await backend.ask({ port: PORT, ack: OPTION })).toBe(bothCalls(SEEN));
    },
  );

  it('at any moment leaves nothing that the next attach cannot finish', async () => {
    for (let pinned = 1; pinned <= 7; pinned++) {
      await backend.receiver('detach');
      await killWhenPinned(pinned);
      const { state } = await backend.status();
      expect(['attached', 'incomplete']).toContain(state);

      expect((await backend.receiver('attach', '--cgroup', backend.cgroup, '--gateway', GATEWAY)).code).toBe(0);
      expect(await backend.status()).toMatchObject({ state: 'attached', faults: [], gateways: [GATEWAY] });
    }
  });

  it('detach removes what it left', async () => {
    await killWhenPinned(2);

    expect((await backend.receiver('detach')).code).toBe(0);
    expect(await backend.status()).toMatchObject({ state: 'detached' });
  });
});

/** Kills an attach as soon as that many pins are to be seen. */
async function killWhenPinned(count: number): Promise<void> {
  const args = ['attach', '--cgroup', backend.cgroup, '--gateway', GATEWAY, '--pin', backend.pins];
  const attach = spawn(backend.tool, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => attach.once('exit', resolve));
  while (attach.exitCode === null && !(existsSync(backend.pins) && readdirSync(backend.pins).length >= count))
    await new Promise(setImmediate);
  attach.kill('SIGKILL');
  await ended;
}

describe('status', () => {
  beforeEach(() => backend.receiver('detach'));

  it('detached: says so and fails', async () => {
    expect(await backend.receiver('status')).toMatchObject({ code: 1, stdout: 'state         detached\n', stderr: '' });
    expect(await backend.status()).toMatchObject({ state: 'detached', gateways: [], connections: null });
  });

  it('attached: what, where, for whom, and the counters', async () => {
    await backend.attach('198.18.201.0/24');
    await backend.ask({ port: PORT, ack: OPTION });
    const { code, stdout } = await backend.receiver('status');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^state +attached$/m);
    expect(stdout).toMatch(/^cgroup .*sluice-rcv-tool$/m);
    expect(stdout).toMatch(/^option kind +254$/m);
    expect(stdout).toContain('198.18.201.0/24');
    expect(stdout).toMatch(/^ {2}translated +1 /m);
  });

  it('a cgroup that was removed: incomplete, and attach puts it right', async () => {
    const child = backend.makeCgroup('child');
    await backend.receiver('attach', '--cgroup', child, '--gateway', GATEWAY);
    backend.removeCgroup(child);
    // The kernel detaches programs of a removed cgroup a moment later.
    await vi.waitFor(
      async () => expect(await backend.status()).toMatchObject({ state: 'incomplete', cgroup: null }),
      PATIENCE,
    );

    expect((await backend.receiver('attach', '--cgroup', backend.cgroup, '--gateway', GATEWAY)).code).toBe(0);
    expect(await backend.status()).toMatchObject({ state: 'attached', cgroup: backend.cgroup });
  });
});

describe('misuse', () => {
  const usage: [sentence: string, args: string[], message: RegExp][] = [
    ['no command', [], /no command given/],
    ['an unknown command', ['attack'], /'attack' is no command/],
    ['an unknown option', ['status', '--frobnicate'], /--frobnicate/],
    ['an option of another command', ['detach', '--kind', '254'], /detach takes no option -k/],
    ['attach without gateway', ['attach'], /name at least one gateway/],
    ['allow add without address', ['allow', 'add'], /name at least one ADDRESS/],
    ['no address', ['attach', '--gateway', 'gw1.example.org'], /'gw1.example.org' is neither an address/],
    ['an empty prefix length', ['attach', '--gateway', '198.18.1.0/'], /is neither an address/],
    ['a prefix length beyond 32', ['attach', '--gateway', '198.18.1.0/33'], /is neither an address/],
    ['bits behind the prefix', ['allow', 'add', '198.18.1.17/30'], /write 198.18.1.17 .* or 198.18.1.16\/30/],
    ['an IPv6 gateway', ['attach', '--gateway', 'fd00::1'], /IPv4 only/],
    [
      'a kind that TCP uses itself',
      ['attach', '--gateway', GATEWAY, '--kind', '8'],
      /--kind '8' is not a number from 35 to 254/,
    ],
    ['an unknown output format', ['status', '-o', 'xml'], /neither json nor table/],
    ['too many words', ['status', 'now'], /'now' is too much/],
  ];
  it.each(usage)('%s: exit code 2 and a hint', async (_, args, message) => {
    const result = await backend.receiver(...args);

    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  it('a cgroup that does not exist', async () => {
    const result = await backend.receiver('attach', '--gateway', GATEWAY, '--cgroup', join(backend.cgroup, 'missing'));
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot open the cgroup .*No such file/) });
  });

  it('a directory that is no cgroup', async () => {
    const result = await backend.receiver('attach', '--gateway', GATEWAY, '--cgroup', backend.directory);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('not a directory of cgroup v2') });
  });

  it.each([
    ['attach', ['attach', '--gateway', GATEWAY, '--cgroup', backend.cgroup]],
    ['detach', ['detach']],
  ])('%s with a pin directory outside the BPF file system leaves that alone', (_, args) => {
    const settings = join(backend.directory, 'settings');
    writeFileSync(settings, '');
    expect(() => execFileSync(backend.tool, [...args, '--pin', backend.directory], { stdio: 'pipe' })).toThrow(
      /not in a BPF file system/,
    );
    expect(existsSync(settings)).toBe(true);
  });

  it('without root', () => {
    const [program, ...args] = [...AS_NOBODY, backend.tool, 'status'];
    expect(() => execFileSync(program, args, { stdio: 'pipe' })).toThrow(/needs root/);
  });

  it('the allow-list of nothing', async () => {
    await backend.receiver('detach');
    expect(await backend.receiver('allow', 'add', GATEWAY)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("run 'sluice-receiver attach"),
    });
  });

  it('everyone on the allow-list: done, with a warning', async () => {
    const result = await backend.receiver('attach', '--replace', '--cgroup', backend.cgroup, '--gateway', '0.0.0.0/0');
    expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('pose as any client') });
  });
});
