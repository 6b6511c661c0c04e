/** What the installed HAProxy is and can do. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../../model/errors.js';
import type { ProxyFeatures } from '../proxy-config.js';

const INSTALL = 'install HAProxy 2.6 or newer (Debian 12: apt-get install haproxy)';
const LEAST = [2, 6] as const;
/** Bandwidth limits came with this release. */
const BANDWIDTH_LIMITS = [2, 7] as const;
/** What Sluice's configurations cannot do without, as `haproxy -vv` names it. */
const NEEDED = ['OPENSSL', 'THREAD', 'PCRE2|PCRE|PCRE2_JIT|PCRE_JIT'] as const;

/**
 * @param binary path of HAProxy, or its name in the search path
 * @throws SluiceError `unsupported` where it is missing, too old or built without something needed
 */
export async function probeFeatures(binary: string): Promise<ProxyFeatures> {
  const text = await versionText(binary);
  const version = /^HA-?Proxy version (\d+)\.(\d+)/m.exec(text);
  if (version === null) {
    throw new SluiceError('unsupported', `${binary} is not HAProxy; ${INSTALL}, or write its path as proxy.binary`);
  }
  const features: ProxyFeatures['version'] = [Number(version[1]), Number(version[2])];
  if (!isAtLeast(features, LEAST)) {
    throw new SluiceError('unsupported', `${binary} is HAProxy ${features.join('.')}; ${INSTALL}`);
  }
  const missing = NEEDED.filter((names) => !names.split('|').some((name) => text.includes(`+${name} `)));
  if (missing.length > 0) {
    const what = missing.map((names) => names.split('|')[0]).join(', ');
    throw new SluiceError('unsupported', `${binary} was built without ${what}; ${INSTALL} as Debian builds it`);
  }
  return { version: features, bandwidthLimits: isAtLeast(features, BANDWIDTH_LIMITS) };
}

function isAtLeast(version: readonly [number, number], least: readonly [number, number]): boolean {
  return version[0] > least[0] || (version[0] === least[0] && version[1] >= least[1]);
}

/** The whole version, `2.6.12-1+deb12u4`, as processes report theirs; empty where the program does not say. */
export async function installedVersion(binary: string): Promise<string> {
  return /^HA-?Proxy version (\S+)/m.exec(await versionText(binary))?.[1] ?? '';
}

/** Absolute path of a program: HAProxy executes itself anew at each reload, whatever the search path is then. */
export function programPath(binary: string): string {
  const directories = binary.includes('/') ? [''] : (process.env.PATH ?? '/usr/sbin:/usr/bin').split(':');
  const paths = directories.map((directory) => (directory === '' ? resolve(binary) : resolve(directory, binary)));
  return paths.find((path) => existsSync(path)) ?? binary;
}

async function versionText(binary: string): Promise<string> {
  try {
    return (await promisify(execFile)(binary, ['-vv'], { timeout: 10_000 })).stdout;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = missing ? 'is not there' : `does not run: ${(cause as Error).message.split('\n')[0]}`;
    const message = `HTTP listeners need HAProxy, and ${binary} ${problem}; ${INSTALL}, or write its path as proxy.binary`;
    throw new SluiceError('unsupported', message, { cause });
  }
}
