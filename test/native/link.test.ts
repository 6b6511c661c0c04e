/** Attaching to cgroups, and in a namespace of the test's own to interfaces: native XDP on veth, generic where a driver has none. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bpfObjectPath } from '../../src/datapath/addon.js';
import { errorOf, inNamespace, ip, loadFixture, useNamespace, usePinDirectory } from './support.js';

const namespace = useNamespace('link');
const pins = usePinDirectory('link');
const fixture = bpfObjectPath('fixture');

beforeAll(() => {
  ip('-n', namespace, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1');
  for (const device of ['veth0', 'veth1']) ip('-n', namespace, 'link', 'set', device, 'up');
});

describe('attachXdp', () => {
  it('is native on veth', () => {
    const answer = inNamespace(namespace, { fixture }, async (addon, { fixture }) => {
      const object = addon.openObject(fixture);
      await object.load();
      const program = object.program('let_pass');
      const ifindex = addon.interfaceIndex('veth0');
      const { link, mode } = program.attachXdp(ifindex, 'auto');
      return { mode, info: link.info(), ifindex, program: program.id };
    });
    expect(answer.mode).toBe('native');
    expect(answer.info).toMatchObject({ ifindex: answer.ifindex, programId: answer.program, mode: 'native' });
  });

  // The loopback driver has no XDP of its own.
  it('falls back to generic where the driver has no XDP', () => {
    const answer = inNamespace(namespace, { fixture }, async (addon, { fixture }) => {
      const object = addon.openObject(fixture);
      await object.load();
      const { link, mode } = object.program('let_pass').attachXdp(addon.interfaceIndex('lo'), 'auto');
      return { mode, info: link.info() };
    });
    expect(answer.mode).toBe('generic');
    expect(answer.info.mode).toBe('generic');
  });

  it.each([
    ['native where the driver has no XDP', 'lo', 'native', 'EOPNOTSUPP'],
    ['to an interface that is gone', '', 'auto', 'ENODEV'],
  ] as const)('refuses %s', (_, device, mode, code) => {
    const attach = () =>
      inNamespace(namespace, { fixture, device, mode }, async (addon, { fixture, device, mode }) => {
        const object = addon.openObject(fixture);
        await object.load();
        object.program('let_pass').attachXdp(device ? addon.interfaceIndex(device) : 999_999, mode);
      });
    expect(attach).toThrow(expect.objectContaining({ code, operation: 'program.attachXdp' }));
  });

  it('refuses a second program instead of falling back', () => {
    const attach = () =>
      inNamespace(namespace, { fixture }, async (addon, { fixture }) => {
        const object = addon.openObject(fixture);
        await object.load();
        const first = object.program('let_pass').attachXdp(addon.interfaceIndex('veth0'), 'auto');
        try {
          object.program('reflect').attachXdp(addon.interfaceIndex('veth0'), 'auto');
        } finally {
          first.link.close();
        }
      });
    expect(attach).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  });
});

describe('attachCgroup', () => {
  const mounted = readFileSync('/proc/mounts', 'utf8').match(/^\S+ (\S+) cgroup2 /m)?.[1];
  if (!mounted) throw new Error('cgroup2 is not mounted');
  const group = `${mounted}/sluice-native-link`;
  beforeAll(() => mkdirSync(group, { recursive: true }));
  afterAll(() => rmdirSync(group));

  /** How connecting to a port where nobody listens fails for a process of the group. */
  function connectFromGroup(port: number): string {
    const script = `echo $$ > ${group}/cgroup.procs && exec 3<>/dev/tcp/127.0.0.1/${port}`;
    return spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { LC_ALL: 'C' } }).stderr;
  }

  it('attaches with the type of the section, for as long as the link is open', async () => {
    const object = await loadFixture();
    const link = object.program('refuse_port_9').attachCgroup(group);
    expect(connectFromGroup(9)).toContain('not permitted');
    expect(connectFromGroup(10)).toContain('refused');
    expect(link.info().programId).toBe(object.program('refuse_port_9').id);
    link.close();
    expect(connectFromGroup(9)).toContain('refused');
  });

  it('refuses what is no cgroup', async () => {
    const program = (await loadFixture()).program('refuse_port_9');
    expect(await errorOf(() => program.attachCgroup('/nonexistent'))).toMatchObject({ code: 'ENOENT' });
    expect(await errorOf(() => program.attachCgroup('/tmp'))).toMatchObject({
      code: 'EBADF',
      operation: 'program.attachCgroup',
    });
  });
});

describe('a pinned link', () => {
  const path = `${pins}/veth0`;

  it('keeps its program attached after the process has ended', () => {
    const id = inNamespace(namespace, { fixture, path }, async (addon, { fixture, path }) => {
      const object = addon.openObject(fixture);
      await object.load();
      object.program('let_pass').attachXdp(addon.interfaceIndex('veth0'), 'native').link.pin(path);
      return object.program('let_pass').id;
    });
    expect(ip('-n', namespace, '-j', '-d', 'link', 'show', 'veth0')).toContain(`"id":${id}`);
  });

  it('can be opened, and takes another program without being detached', () => {
    const answer = inNamespace(namespace, { fixture, path }, async (addon, { fixture, path }) => {
      const object = addon.openObject(fixture);
      await object.load();
      const link = addon.openPinnedLink(path);
      const before = link.info();
      link.update(object.program('reflect'));
      return { before, after: link.info(), program: object.program('reflect').id };
    });
    expect(answer.after).toEqual({ ...answer.before, programId: answer.program });
    expect(answer.before.programId).not.toBe(answer.program);
  });

  it('is detached at once, although pinned', () => {
    const info = inNamespace(namespace, { path }, async (addon, { path }) => {
      const link = addon.openPinnedLink(path);
      link.detach();
      const info = link.info();
      link.unpin(path);
      link.close();
      return info;
    });
    expect(info.ifindex).toBeUndefined();
    expect(ip('-n', namespace, 'link', 'show', 'veth0')).not.toContain('xdp');
  });

  it('says so when it was closed', () => {
    const use = () =>
      inNamespace(namespace, { fixture }, async (addon, { fixture }) => {
        const object = addon.openObject(fixture);
        await object.load();
        const { link } = object.program('let_pass').attachXdp(addon.interfaceIndex('veth0'), 'auto');
        link.close();
        link.close();
        link.info();
      });
    expect(use).toThrow(expect.objectContaining({ code: 'EBADF', operation: 'link.info' }));
  });
});
