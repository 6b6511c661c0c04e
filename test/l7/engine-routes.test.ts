/** VIPs of HTTP listeners as local routes, in a network namespace of their own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProxyEngine } from '../../src/l7/engine/index.js';
import { configOf } from '../../src/l7/engine/testing/configs.js';
import { openScene, type Scene } from './engine-scene.js';

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});

afterEach(() => scene.close());

const ip = (...argv: string[]) => execFileSync('ip', ['-n', scene.namespace, ...argv], { encoding: 'utf8' });

/** Addresses with a local route of ours. */
function ours(): string[] {
  const text = ['-4', '-6'].flatMap((family) =>
    ip(family, 'route', 'show', 'table', 'local', 'proto', '83').trim().split('\n'),
  );
  return text.flatMap((line) => (line === '' ? [] : [line.split(' ')[1]!])).sort();
}

describe('local routes', () => {
  it('are added for VIPs that the host does not have', async () => {
    ip('link', 'add', 'nic', 'type', 'veth', 'peer', 'name', 'other');
    ip('link', 'set', 'nic', 'up');
    ip('address', 'add', '203.0.113.1/24', 'dev', 'nic');
    ip('address', 'add', '2001:db8::1/64', 'dev', 'nic', 'nodad');
    await scene.routes.add(['203.0.113.1', '203.0.113.2', '2001:db8::1', '2001:db8::2', '127.0.0.9']);
    expect(ours()).toEqual(['2001:db8::2', '203.0.113.2']);
    await scene.routes.add(['203.0.113.2', '203.0.113.3']);
    expect(ours()).toEqual(['2001:db8::2', '203.0.113.2', '203.0.113.3']);
  });

  it("of an earlier daemon are removed, and nobody else's", async () => {
    ip('route', 'add', 'local', '203.0.113.9', 'dev', 'lo');
    await scene.routes.add(['203.0.113.1', '203.0.113.2', '2001:db8::2']);
    await scene.routes.removeAllBut(['203.0.113.2']);
    expect(ours()).toEqual(['203.0.113.2']);
    expect(ip('route', 'show', 'table', 'local')).toContain('203.0.113.9');
  });

  it('give way to an address that the host has got itself', async () => {
    await scene.routes.add(['203.0.113.1']);
    ip('address', 'add', '203.0.113.1/32', 'dev', 'lo');
    await scene.routes.removeAllBut(['203.0.113.1']);
    expect(ours()).toEqual([]);
    expect(ip('route', 'show', 'table', 'local')).toContain('203.0.113.1');
  });
});

it('HAProxy listens at a VIP as soon as it is configured, and nothing is left after it was detached', async () => {
  const inside = join(scene.runDirectory, 'haproxy-inside');
  writeFileSync(
    inside,
    `#!/bin/sh\nexport PATH=/usr/sbin:/usr/bin\nexec ip netns exec ${scene.namespace} haproxy "$@"\n`,
  );
  chmodSync(inside, 0o755);
  const text =
    'frontend l_1\n  bind 203.0.113.7:80\n  bind [2001:db8::7]:80 transparent\n  http-request return status 204';
  const config = configOf({ frontends: new Map([['l_1', text]]), addresses: ['203.0.113.7', '2001:db8::7'] });
  const engine = scene.engine(inside);
  await engine.start(config);
  const status = (url: string) => {
    const argv = ['netns', 'exec', scene.namespace, 'curl', '-s', '-g', '-o', '/dev/null', '-w', '%{http_code}', url];
    return execFileSync('ip', argv, { encoding: 'utf8' });
  };
  expect([status('http://203.0.113.7/'), status('http://[2001:db8::7]/')]).toEqual(['204', '204']);
  expect(ours()).toEqual(['2001:db8::7', '203.0.113.7']);
  await engine.stop();
  const next = scene.engine(inside);
  await expect(next.start({ ...config, base: 'global\n  oops', addresses: ['203.0.113.8'] })).rejects.toThrow('oops');
  expect(ours()).toEqual(['2001:db8::7', '203.0.113.7']);
  expect(status('http://203.0.113.7/')).toBe('204');
  await next.stop();
  await ProxyEngine.detach(scene.runDirectory, scene.routes);
  expect(ours()).toEqual([]);
});
