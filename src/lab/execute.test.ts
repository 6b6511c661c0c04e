import { expect, test } from 'vitest';
import { execute, executeOrThrow, inCgroup, inNamespace, settingsArguments } from './execute.js';

test('a program in a namespace keeps the mounts of the host', () => {
  expect(inNamespace('lab-client1', ['id', '-u'])).toEqual([
    'nsenter',
    '--net=/run/netns/lab-client1',
    '--',
    'id',
    '-u',
  ]);
});

test('what a program is called with never becomes part of a script', () => {
  const argv = inCgroup('/cg', ['echo', '$(reboot)', '; x']);
  expect(argv[2]).toBe('echo $$ > "$1" && shift && exec "$@"');
  expect(argv.slice(4)).toEqual(['/cg/cgroup.procs', 'echo', '$(reboot)', '; x']);
});

test('settings are pairs of path and value', () => {
  expect(settingsArguments({ 'net.ipv4.ip_forward': 1 }).slice(4)).toEqual(['net/ipv4/ip_forward', '1']);
});

test('standard input goes in, standard output, standard error and the exit code come out', async () => {
  const script = 'process.stdin.pipe(process.stdout); console.error("no"); process.exitCode = 3';
  expect(await execute([process.execPath, '-e', script], { input: 'hello' })).toEqual({
    code: 3,
    stdout: 'hello',
    stderr: 'no\n',
  });
});

test('a signal counts as 128 and its number', async () => {
  const { code } = await execute([process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")']);
  expect(code).toBe(137);
});

test('a failing program is an error with what it said', async () => {
  const failing = executeOrThrow([process.execPath, '-e', 'console.error("out of paper"); process.exit(1)']);
  await expect(failing).rejects.toThrow('out of paper');
});

test('a missing program is an error that names it', async () => {
  await expect(execute(['sluice-no-such-program'])).rejects.toMatchObject({ code: 'lab.tool' });
});
