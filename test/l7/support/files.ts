/** Programs of this folder, which run in the lab's hosts as they are written. */
import { fileURLToPath } from 'node:url';

/** Debian's, which has python3-websockets. */
export const PYTHON = '/usr/bin/python3';

export function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
