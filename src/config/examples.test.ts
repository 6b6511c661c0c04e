import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unfitForExactness } from '../model/policy-order.js';
import { checkLeases } from '../plan/limits.js';
import { compiled } from '../plan/testing/compiled.js';
import { facts } from '../plan/testing/samples.js';
import { readConfigFile } from './files.js';
import { loadHostFile, parseHostFile } from './host-file.js';
import { mergeTree } from './merge.js';
import { parseTree } from './tree.js';

const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;
const trees = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml') && name !== 'sluice.yaml');

describe('examples', () => {
  it('the host file is valid', async () => {
    const { gateway, subnets, warnings } = await loadHostFile(`${EXAMPLES}sluice.yaml`);
    expect(gateway.local_addresses).toHaveLength(9);
    expect(subnets.map(({ name }) => name)).toEqual(['inside', 'internet']);
    expect(warnings).toEqual([]);
  });

  it('what the host file only shows is valid too', async () => {
    const text = await readConfigFile(`${EXAMPLES}sluice.yaml`);
    const shown = text.replaceAll(/^# ( *\w+:)/gm, '$1').replace('auth: identity', 'auth: keystone');
    const { api, proxy, accessLog, vault } = parseHostFile(shown);
    expect(api).toMatchObject({ auth: 'keystone', token_hours: 24, keystone: { username: 'sluice' } });
    expect(proxy).toMatchObject({ binary: 'haproxy', threads: 2, run_dir: '/run/sluice/proxy-gw1' });
    expect(accessLog).toMatchObject({ target: 'file', keep: 10 });
    expect(vault).toEqual({ keyFile: '/etc/sluice/vault.key' });
  });

  it.each(trees)('%s is valid and can be served', async (name) => {
    const { gateway } = await loadHostFile(`${EXAMPLES}sluice.yaml`);
    const options = { localAddresses: gateway.local_addresses, source: name };
    const { tree } = mergeTree({ loadbalancers: [] }, parseTree(await readConfigFile(EXAMPLES + name), options));
    const host = facts({ localAddresses: gateway.local_addresses });
    expect(compiled(tree, new Map(), host).services.size).toBeGreaterThan(0);
    expect(checkLeases(tree, host)).toEqual([]);
  });
});

it('https.yaml leads a whole HTTP listener to one with a certificate', async () => {
  const [shop] = parseTree(await readConfigFile(`${EXAMPLES}https.yaml`));
  const [https, http] = shop!.listeners;
  expect(http!.l7policies).toMatchObject([{ action: 'REDIRECT_TO_LISTENER', redirect_http_code: 301, rules: [] }]);
  expect(http!.l7policies[0]!.redirect_listener).toBe(https);
  expect(https!.l7policies.map(unfitForExactness)).toEqual([undefined, undefined]);
  expect(shop!.pools[0]!.session_persistence).toMatchObject({ type: 'HTTP_COOKIE', cookie_name: 'shop_server' });
});

describe('readConfigFile', () => {
  it.each([
    [`${EXAMPLES}none.yaml`, 'there is no such file'],
    [EXAMPLES, 'it is a directory'],
  ])('says why %s cannot be read', async (path, reason) => {
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining(reason),
    });
  });
});
