import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../plan/compile.js';
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
    const { api } = parseHostFile(shown);
    expect(api).toMatchObject({ auth: 'keystone', token_hours: 24, keystone: { username: 'sluice' } });
  });

  it.each(trees)('%s is valid and can be served', async (name) => {
    const { gateway } = await loadHostFile(`${EXAMPLES}sluice.yaml`);
    const options = { localAddresses: gateway.local_addresses, source: name };
    const { tree } = mergeTree({ loadbalancers: [] }, parseTree(await readConfigFile(EXAMPLES + name), options));
    const desired = compile(tree, new Map(), facts({ localAddresses: gateway.local_addresses }));
    expect(desired.services.size).toBeGreaterThan(0);
    expect(desired.warnings).toEqual([]);
  });
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
