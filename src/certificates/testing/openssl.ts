/** The openssl of the host, for what people make with it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `openssl ARGS` prints; `FILE` in the arguments stands for a file with the input. */
export function openssl(args: string, input: string | Buffer): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-openssl-'));
  const file = join(directory, 'input');
  try {
    writeFileSync(file, input);
    const words = args.match(/\S+/g)!.map((word) => (word === 'FILE' ? file : word));
    return execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
