/** The files besides haproxy.cfg: which part of a ProxyConfig lies in which folder. */
import type { ProxyConfig } from '../proxy-config.js';

export type FileText = string | readonly string[];

export interface FileKind {
  folder: string;
  extension: string;
  of: (config: ProxyConfig) => ReadonlyMap<string, FileText>;
}

export const MAPS: FileKind = { folder: 'maps', extension: '.map', of: (config) => config.maps };
export const CERTIFICATES: FileKind = { folder: 'certs', extension: '.pem', of: (config) => config.certificates };
export const LISTS: FileKind = { folder: 'lists', extension: '.list', of: (config) => config.certificateLists };
export const AUTHORITIES: FileKind = { folder: 'ca', extension: '.pem', of: (config) => config.authorities };
export const REVOCATIONS: FileKind = { folder: 'crl', extension: '.pem', of: (config) => config.revocations };
export const PAGES: FileKind = { folder: 'pages', extension: '.http', of: (config) => config.pages };

export const FILE_KINDS: readonly FileKind[] = [MAPS, CERTIFICATES, LISTS, AUTHORITIES, REVOCATIONS, PAGES];

/** Path of a file, with the run directory still a placeholder or put in. */
export function pathOf(kind: FileKind, name: string, run = '{{RUN}}'): string {
  return `${run}/${kind.folder}/${name}${kind.extension}`;
}

/** Whether two texts say the same; references first, since what did not change keeps its own. */
export function sameText(a: FileText | undefined, b: FileText | undefined): boolean {
  if (a === b) {
    return true;
  }
  if (a === undefined || b === undefined || typeof a === 'string' || typeof b === 'string') {
    return typeof a === 'string' && typeof b === 'string' && a.trimEnd() === b.trimEnd();
  }
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

/** The file's text; it ends with a newline. */
export function contentOf(text: FileText): string {
  const content = typeof text === 'string' ? text.trimEnd() : text.join('\n');
  return content === '' ? '' : `${content}\n`;
}
