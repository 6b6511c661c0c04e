/** Asks HAProxy what it thinks of a configuration on disk, and puts its answers into words. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { SluiceError } from '../../model/errors.js';
import type { ProxyPaths } from './paths.js';

/** Reading 1,000 frontends takes half a second; a host under load may take some more, ms. */
const CHECK_MS = 60_000;
/** Complaints beyond this many say nothing new. */
const COMPLAINTS = 5;

/** @throws SluiceError with what HAProxy complains about, section by section; nothing was changed */
export async function checkConfig(binary: string, paths: ProxyPaths): Promise<void> {
  const output = await new Promise<string | undefined>((resolve) => {
    const options = { timeout: CHECK_MS, maxBuffer: 16 << 20, cwd: '/' };
    execFile(binary, ['-c', '-f', paths.config], options, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : stderr || error.message);
    });
  });
  if (output !== undefined) {
    throw refused(output, paths);
  }
}

/** The error for output of a HAProxy that did not take its configuration. */
export function refused(output: string, paths: ProxyPaths): SluiceError {
  const config = existsSync(paths.config) ? readFileSync(paths.config, 'utf8') : '';
  const complaints = complaintsOf(output, config);
  const text = complaints.slice(0, COMPLAINTS).join('; ') || output.trim().split('\n').at(-1) || 'it gave no reason';
  return new SluiceError('proxy_failed', `HAProxy does not take the configuration: ${text}`);
}

/** The alerts in HAProxy's output; lines of its file are named by the section they are in. */
export function complaintsOf(output: string, config: string): string[] {
  const found: string[] = [];
  for (const [, text] of output.matchAll(/^\[ALERT\]\s+(?:\(\d+\) )?: (.*)$/gm)) {
    const match = /^(?:config : )?(?:parsing )?\[?[^[\]\s]*haproxy\.cfg:(\d+)\]? ?:? ?(.*)$/.exec(text!);
    if (match !== null) {
      found.push(`${sectionAt(config, Number(match[1]))}: ${match[2]}`);
    } else if (!/Error\(s\) found|Fatal errors found|failed to start their listeners/.test(text!)) {
      found.push(text!.replace(/^config : /, '').replace(/\[\S*haproxy\.cfg:\d+\] /, ''));
    }
  }
  return found;
}

/** `frontend l_1`, for a line counted from 1. */
function sectionAt(config: string, line: number): string {
  const above = config.split('\n').slice(0, line).reverse();
  const header = above.find((text) => /^(global|defaults|frontend|backend|listen|peers|cache)\b/.test(text));
  return header?.split(' ').slice(0, 2).join(' ') ?? 'configuration';
}
