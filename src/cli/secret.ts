/** Asks for a secret on a terminal without showing it. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { SluiceError } from '../model/errors.js';
import type { Terminal } from './terminal.js';
import type { World } from './world.js';

/** @throws SluiceError `invalid_configuration` where nobody can type it, or nothing was typed */
export async function askSecret(world: World, terminal: Terminal, question: string): Promise<string> {
  if (!world.input.isTTY) {
    throw new SluiceError(
      'invalid_configuration',
      'there is no terminal to ask on; read the secret from a file, or - for stdin',
    );
  }
  world.err.write(question);
  // readline echoes what is typed to its output, which therefore is none.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: world.input, output: nowhere, terminal: true });
  const secret = await new Promise<string>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(''));
  });
  lines.close();
  terminal.note('');
  if (secret === '') {
    throw new SluiceError('invalid_configuration', 'nothing was typed');
  }
  return secret;
}
