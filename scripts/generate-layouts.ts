/**
 * Writes src/datapath/layouts.ts from the BTF of build/Release/gateway.bpf.o. `--check` writes nothing and fails when the file
 * is not what would be written. Run it through `npm run generate`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { bpfObjectPath, loadAddon } from '../src/datapath/addon.js';
import { layoutHash, layoutsOf } from '../src/datapath/shapes.js';
import { emitModule } from './emit-layouts.js';

const HEADER = 'bpf/types.h';
const OUTPUT = 'src/datapath/layouts.ts';

/** Names of all structures and enums that the header defines, in its order. */
function typesOf(header: string): string[] {
  return [...header.matchAll(/^(?:struct|enum) (\w+) \{$/gm)].map((match) => match[1]!);
}

function main(): void {
  const names = typesOf(readFileSync(HEADER, 'utf8'));
  const object = loadAddon().openObject(bpfObjectPath('gateway'));
  const btf = object.btf();
  object.close();
  const text = emitModule(layoutsOf(btf, names), layoutHash(btf, names));

  if (!process.argv.includes('--check')) {
    writeFileSync(OUTPUT, text);
    console.log(`${OUTPUT}: ${names.length} types`);
  } else if (readFileSync(OUTPUT, 'utf8') !== text) {
    console.error(`${OUTPUT} does not match ${HEADER}: run "npm run generate"`);
    process.exitCode = 1;
  }
}

main();
