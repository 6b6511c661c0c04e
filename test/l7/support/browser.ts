/**
 * Headless Chromium as a client in the lab. It has a profile of its own, with the certificates it is given in it, and a view of /etc of its own, with
 * the policy that makes it show a client certificate without asking anybody.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { executeOrThrow } from '../../../src/lab/execute.js';
import type { Lab } from '../../../src/lab/lab.js';
import type { KeyPair } from './authority.js';

export interface BrowserOptions {
  /** `https://www.example:8443/`; the host leads to `to`. */
  url: string;
  to: string;
  /** PEM file of the authority it trusts. */
  ca: string;
  /** What it shows to the server. */
  certificate?: KeyPair;
}

/** Where Debian's Chromium looks for policies. */
const SETTINGS = '/etc/chromium';
const PATIENCE_MS = 60_000;

/** The page's elements after its scripts have run, as HTML. Empty when it could not be loaded. */
export async function browse(lab: Lab, { url, to, ca, certificate }: BrowserOptions): Promise<string> {
  const directory = mkdtempSync(join(lab.runDirectory, 'browser-'));
  const home = join(directory, 'home');
  await makeCertificates(join(home, '.pki', 'nssdb'), directory, ca, certificate);
  const settings = makeSettings(join(directory, 'settings'), url);
  const { hostname } = new URL(url);
  const chromium = [
    ...[
      'chromium',
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
    ...[`--host-resolver-rules=MAP ${hostname} ${to}`, '--timeout=10000', '--dump-dom', url],
  ];
  const mounted = [
    'unshare',
    '--mount',
    '/bin/sh',
    '-c',
    `mount --bind "$1" ${SETTINGS} && shift && exec "$@"`,
    'sh',
    settings,
  ];
  const { stdout } = await lab.run('client1', [...mounted, ...chromium], {
    env: { HOME: home },
    timeoutMs: PATIENCE_MS,
  });
  return stdout;
}

/** A certificate store as NSS reads it. */
async function makeCertificates(store: string, directory: string, ca: string, certificate?: KeyPair): Promise<void> {
  mkdirSync(store, { recursive: true });
  const database = ['-d', `sql:${store}`];
  await executeOrThrow(['certutil', '-N', ...database, '--empty-password']);
  await executeOrThrow(['certutil', '-A', ...database, '-n', 'authority', '-t', 'C,,', '-i', ca]);
  if (!certificate) return;
  const bundle = join(directory, 'client.p12');
  const { files } = certificate;
  const words = ['-in', files.certificate, '-inkey', files.key, '-name', 'client', '-passout', 'pass:', '-out', bundle];
  await executeOrThrow(['openssl', 'pkcs12', '-export', ...words]);
  await executeOrThrow(['pk12util', ...database, '-i', bundle, '-W', '']);
}

/** A copy of Chromium's settings with the policy in it. */
function makeSettings(directory: string, url: string): string {
  const managed = join(directory, 'policies', 'managed');
  if (existsSync(SETTINGS)) cpSync(SETTINGS, directory, { recursive: true });
  mkdirSync(managed, { recursive: true });
  // Each entry is JSON in a text.
  const rule = JSON.stringify({ pattern: new URL(url).origin, filter: {} });
  writeFileSync(join(managed, 'sluice-test.json'), JSON.stringify({ AutoSelectCertificateForUrls: [rule] }));
  return directory;
}
