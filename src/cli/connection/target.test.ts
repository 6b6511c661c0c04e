import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_HOST_FILE, DEFAULT_SOCKET } from '../../config/host-file.js';
import { HOST_FILE, SOCKET } from './defaults.js';
import { chooseTarget, type RemoteTarget, type TargetFlags } from './target.js';

const directory = mkdtempSync(join(tmpdir(), 'sluice-target-'));
afterAll(() => rmSync(directory, { recursive: true }));

const PASSWORD = { OS_USERNAME: 'alice', OS_PASSWORD: 'p' };
const KEYSTONE = { OS_AUTH_URL: 'http://keys:5000/', ...PASSWORD };

describe('which gateway', () => {
  const sockets: [string, TargetFlags, Record<string, string>, string][] = [
    ['--socket wins over everything', { socket: '/a', url: 'http://x' }, KEYSTONE, '/a'],
    ['$SLUICE_SOCKET wins over $OS_AUTH_URL', {}, { SLUICE_SOCKET: '/b', ...KEYSTONE }, '/b'],
  ];
  it.each(sockets)('%s', async (_sentence, flags, env, path) => {
    expect(await chooseTarget(flags, env)).toEqual({ kind: 'socket', path });
  });

  it('without anything the socket of this host', async () => {
    expect(await chooseTarget({}, {})).toMatchObject({ kind: 'socket' });
  });

  it('has the defaults of the host file', () => {
    expect([HOST_FILE, SOCKET]).toEqual([DEFAULT_HOST_FILE, DEFAULT_SOCKET]);
  });

  const remote = async (flags: TargetFlags, env: Record<string, string>): Promise<RemoteTarget> =>
    (await chooseTarget(flags, env)) as RemoteTarget;

  it('--url wins over $SLUICE_SOCKET, and needs no credentials', async () => {
    expect(await remote({ url: 'http://gw:9876/' }, { SLUICE_SOCKET: '/b' })).toMatchObject({
      kind: 'remote',
      url: 'http://gw:9876',
      credentials: undefined,
    });
  });

  it('a URL with a password asks the identity service of that gateway', async () => {
    const { credentials } = await remote({}, { SLUICE_URL: 'http://gw:9876', ...PASSWORD });
    expect(credentials?.authUrl).toBe('http://gw:9876/identity/v3');
  });

  it('a password with a project', async () => {
    const { url, credentials } = await remote({}, { ...KEYSTONE, OS_PROJECT_NAME: 'web', OS_PROJECT_DOMAIN_ID: 'd' });
    expect([url, credentials?.authUrl]).toEqual([undefined, 'http://keys:5000/v3']);
    expect(credentials?.identity).toEqual({
      methods: ['password'],
      password: { user: { name: 'alice', domain: { name: 'Default' }, password: 'p' } },
    });
    expect(credentials?.scope).toEqual({ project: { name: 'web', domain: { id: 'd' } } });
  });

  it('an application credential, which brings its project along', async () => {
    const env = {
      OS_AUTH_URL: 'https://keys/v3',
      OS_APPLICATION_CREDENTIAL_ID: 'i',
      OS_APPLICATION_CREDENTIAL_SECRET: 's',
    };
    const { credentials } = await remote({}, env);
    expect(credentials).toMatchObject({
      authUrl: 'https://keys/v3',
      identity: { methods: ['application_credential'], application_credential: { id: 'i', secret: 's' } },
      scope: undefined,
    });
  });

  it('a token instead of credentials', async () => {
    const target = await remote({}, { SLUICE_URL: 'http://gw', SLUICE_TOKEN: 't', ...KEYSTONE });
    expect([target.token, target.credentials]).toEqual(['t', undefined]);
  });

  it('a cloud of clouds.yaml', async () => {
    const path = join(directory, 'clouds.yaml');
    const auth = { auth_url: 'http://keys/v3', username: 'u', password: 'p', project_name: 'web', user_domain_id: 'd' };
    writeFileSync(path, JSON.stringify({ clouds: { east: { auth, region_name: 'r1', verify: false } } }));
    const env = { OS_CLIENT_CONFIG_FILE: path };
    const target = await remote({ osCloud: 'east' }, env);
    expect(target).toMatchObject({ insecure: true, credentials: { authUrl: 'http://keys/v3', region: 'r1' } });
    expect(await remote({}, { ...env, OS_CLOUD: 'east' })).toEqual(target);
    await expect(remote({ osCloud: 'west' }, env)).rejects.toThrow('has no cloud "west"; it has: east');
  });

  const faults: [string, TargetFlags, Record<string, string>, RegExp][] = [
    ['a URL that is none', { url: 'gw:9876' }, {}, /gw:9876 is not a URL of a gateway; write one such as http/],
    [
      'a URL of Keystone that is none',
      {},
      { ...KEYSTONE, OS_AUTH_URL: '127.0.0.1:9876' },
      /127\.0\.0\.1:9876 is not a URL of Keystone; write one such as http/,
    ],
    ['no user', { osAuthUrl: 'http://keys' }, {}, /OS_USERNAME is not set/],
    ['no password', { osAuthUrl: 'http://keys' }, { OS_USERNAME: 'a' }, /OS_PASSWORD is not set/],
    ['a token without a gateway', {}, { OS_AUTH_URL: 'http://keys', OS_TOKEN: 't' }, /name it with --url/],
    [
      'no clouds.yaml',
      { osCloud: 'east' },
      { OS_CLIENT_CONFIG_FILE: '/nowhere' },
      /no clouds\.yaml found for the cloud "east"/,
    ],
  ];
  it.each(faults)('%s: says what to give', async (_sentence, flags, env, message) => {
    await expect(chooseTarget(flags, env)).rejects.toThrow(message);
  });
});
