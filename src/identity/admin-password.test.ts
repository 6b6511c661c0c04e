import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseAdminPassword } from './admin-password.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-password-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function file(content: string): Promise<string> {
  const path = join(directory, 'password');
  await writeFile(path, content);
  return path;
}

describe("the admin's password", () => {
  it.each([
    ['from a file, without the line break at its end', 'from file \n', 'from file '],
    ['from a file as Windows writes it', 'x\r\n', 'x'],
  ])('%s', async (_sentence, content, password) => {
    const environment = { SLUICE_ADMIN_PASSWORD: 'other' };
    expect(await chooseAdminPassword(await file(content), environment)).toEqual({ password, generated: false });
  });

  it('from the environment', async () => {
    expect(await chooseAdminPassword(null, { SLUICE_ADMIN_PASSWORD: 'x' })).toEqual({
      password: 'x',
      generated: false,
    });
  });

  it('made up, another one each time', async () => {
    const first = await chooseAdminPassword(null, {});
    expect(first).toEqual({ password: expect.stringMatching(/^[\w-]{20}$/), generated: true });
    expect((await chooseAdminPassword(null, {})).password).not.toBe(first.password);
  });

  it('is refused when it is empty or its file is not there', async () => {
    await expect(chooseAdminPassword(await file('\n'), {})).rejects.toMatchObject({ code: 'invalid_configuration' });
    await expect(chooseAdminPassword(null, { SLUICE_ADMIN_PASSWORD: '' })).rejects.toMatchObject({
      code: 'invalid_configuration',
    });
    await expect(chooseAdminPassword(join(directory, 'none'), {})).rejects.toMatchObject({ code: 'file_unreadable' });
  });
});
