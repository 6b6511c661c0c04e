/** Self-signed server certificates of the contests. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyPair {
  /** PEM */
  certificate: string;
  /** PEM, PKCS#8 */
  key: string;
}

const KEYS = {
  ecdsa: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['rsa:2048'],
} as const;

/** @param directory for the files, which stay there */
export function makeCertificate(directory: string, kind: keyof typeof KEYS): KeyPair {
  const files = { certificate: join(directory, `${kind}.crt`), key: join(directory, `${kind}.key`) };
  const words = ['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=bench.example'];
  const names = ['-addext', 'subjectAltName=DNS:bench.example'];
  const out = ['-out', files.certificate, '-keyout', files.key];
  execFileSync('openssl', [...words, ...names, '-newkey', ...KEYS[kind], ...out], { stdio: 'ignore' });
  return { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') };
}
