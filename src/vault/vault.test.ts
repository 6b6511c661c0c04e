import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type VaultPlaces, vaultWith } from './index.js';

const SECRET = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n';

describe('a vault', () => {
  const vault = vaultWith(randomBytes(32), '/state/vault.key');
  const sealed = vault.seal(SECRET, 'a');

  it('opens what it sealed, and what it sealed shows nothing of it', () => {
    expect(vault.open(sealed, 'a')).toBe(SECRET);
    expect(sealed).toMatch(/^v1\.[0-9a-f]{16}\.[\w-]+$/);
    expect(Buffer.from(sealed.split('.')[2]!, 'base64url').includes('PRIVATE')).toBe(false);
  });

  it('seals the same secret differently each time, so that equal keys are not found by comparing', () => {
    expect(vault.seal(SECRET, 'a')).not.toBe(sealed);
  });

  it.each<[string, string, string, string]>([
    ['another object', sealed, 'b', 'belongs to another object'],
    ['a changed byte', `${sealed.slice(0, -8)}AAAAAAAA`, 'a', 'is damaged'],
    ['a cut text', sealed.slice(0, 40), 'a', 'is damaged'],
    ['something else altogether', 'plain text', 'a', 'is damaged'],
    ['nothing', '', 'a', 'is damaged'],
  ])('refuses %s', (_sentence, text, id, why) => {
    expect(() => vault.open(text, id)).toThrow(expect.objectContaining({ code: 'state_unreadable' }));
    expect(() => vault.open(text, id)).toThrow(why);
  });

  it('says with another key which one it needs and what to do', () => {
    const other = vaultWith(randomBytes(32), '/state/vault.key');
    const [, name] = sealed.split('.');
    expect(() => other.open(sealed, 'a')).toThrow(`was sealed with the vault key ${name}, and /state/vault.key holds`);
    expect(() => other.open(sealed, 'a')).toThrow('Put the key file back that was in use then');
  });
});

describe('the key of a vault', () => {
  let root: string;
  let places: VaultPlaces;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-vault-'));
    await mkdir(join(root, 'state'));
    await mkdir(join(root, 'credentials'));
    places = { keyFile: null, stateDir: join(root, 'state'), credentialsDirectory: undefined };
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  async function write(path: string, bytes = 32, mode = 0o600): Promise<string> {
    const file = join(root, path);
    await writeFile(file, randomBytes(bytes));
    await chmod(file, mode);
    return file;
  }

  it('is made at the first start, for its owner only, and found at the next', async () => {
    const sealed = openVault(places).seal(SECRET, 'a');
    const file = join(root, 'state/vault.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file)).toHaveLength(32);
    expect(openVault(places).open(sealed, 'a')).toBe(SECRET);
  });

  it('is made although an earlier start was interrupted before it was whole', async () => {
    await write('state/vault.key.new', 7);
    const sealed = openVault(places).seal(SECRET, 'a');
    expect(openVault(places).open(sealed, 'a')).toBe(SECRET);
  });

  it('comes from the credential rather than from the state directory, and from the host file rather than from either', async () => {
    const made = openVault(places).seal(SECRET, 'a');
    await write('credentials/sluice-vault-key', 32, 0o440);
    const withCredential = { ...places, credentialsDirectory: join(root, 'credentials') };
    const byCredential = openVault(withCredential).seal(SECRET, 'a');
    const keyFile = await write('own.key', 32, 0o400);
    const byFile = openVault({ ...withCredential, keyFile }).seal(SECRET, 'a');
    expect(new Set([made, byCredential, byFile].map((sealed) => sealed.split('.')[1])).size).toBe(3);
  });

  it('is looked for in the state directory when the service has other credentials only', () => {
    openVault({ ...places, credentialsDirectory: join(root, 'credentials') });
    expect(() => openVault({ ...places, keyFile: join(root, 'state/vault.key') })).not.toThrow();
  });

  it.each<[string, number, number, string]>([
    ['others may read', 32, 0o604, 'other users of this host may read it (mode 604)'],
    ['a group may read', 32, 0o640, 'Take that right away with `chmod 600'],
    ['is too short', 31, 0o600, 'it has 31 bytes, a key has 32'],
    ['is too long', 45, 0o600, 'it has 45 bytes, a key has 32'],
    ['is empty', 0, 0o600, 'it has 0 bytes'],
  ])('is refused when its file %s', async (_sentence, bytes, mode, why) => {
    const keyFile = await write('own.key', bytes, mode);
    expect(() => openVault({ ...places, keyFile })).toThrow(why);
    expect(() => openVault({ ...places, keyFile })).toThrow(expect.objectContaining({ code: 'state_unreadable' }));
    await write('state/vault.key', bytes, mode);
    expect(() => openVault(places)).toThrow(why);
  });

  it('is refused when the credential is readable for everybody', async () => {
    await write('credentials/sluice-vault-key', 32, 0o444);
    const withCredential = { ...places, credentialsDirectory: join(root, 'credentials') };
    expect(() => openVault(withCredential)).toThrow('other users of this host may read it');
  });

  it('may be a link to a file, and not a directory', async () => {
    const target = await write('elsewhere');
    await symlink(target, join(root, 'link'));
    expect(() => openVault({ ...places, keyFile: join(root, 'link') })).not.toThrow();
    await chmod(join(root, 'credentials'), 0o700);
    expect(() => openVault({ ...places, keyFile: join(root, 'credentials') })).toThrow('it is not a file');
  });

  it('is not made up where a file was named that is missing', () => {
    const keyFile = join(root, 'missing.key');
    expect(() => openVault({ ...places, keyFile })).toThrow(expect.objectContaining({ code: 'file_unreadable' }));
    expect(() => openVault({ ...places, keyFile })).toThrow(
      `vault key ${keyFile}: there is no such file. Make one with`,
    );
  });
});
