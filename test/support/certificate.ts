/** A self-signed certificate for servers of tests, made by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  cert: string;
  key: string;
}

let made: Certificate | undefined;

/** The same one for all tests of a file. */
export function selfSigned(): Certificate {
  made ??= make();
  return made;
}

function make(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-certificate-'));
  const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    const words = [...request, '-subj', '/CN=member.example', '-days', '2', '-out', files.cert, '-keyout', files.key];
    execFileSync('openssl', words, { stdio: 'ignore' });
    return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
