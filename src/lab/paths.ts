/** Where the built parts of the package are; the same from `src/` (tests) and from `dist/`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labError } from './errors.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** A program of the package that Node runs, such as `lab/backend.js`. @throws LabError `lab.build` when it is not built. */
export function builtScript(name: string): string {
  return required(join(PACKAGE, 'dist', name));
}

/** A native program or BPF object: built here, or shipped. @throws LabError `lab.build` when it is neither */
export function builtFile(name: string): string {
  const built = join(PACKAGE, 'build', 'Release', name);
  const shipped = join(PACKAGE, 'prebuilds', `${process.platform}-${process.arch}`, name);
  return existsSync(shipped) && !existsSync(built) ? shipped : required(built);
}

function required(path: string): string {
  if (!existsSync(path)) throw labError('lab.build', `${path} is missing: build the package first (npm start does)`);
  return path;
}
