/** The generated layouts belong to the object that is loaded. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emitModule } from '../../scripts/emit-layouts.js';
import { bpfObjectPath } from '../../src/datapath/addon.js';
import { LAYOUT_HASH, LAYOUT_TYPES } from '../../src/datapath/layouts.js';
import { type Layout, layoutHash, type Shape } from '../../src/datapath/shapes.js';
import { addon } from './support.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const number = (size: 1 | 2 | 4 | 8): Shape => ({ kind: 'number', size, signed: false, order: 'host' });
const structure = (shape: Shape): Layout => ({
  kind: 'struct',
  name: 'thing',
  size: 8,
  fields: [{ name: 'field', offset: 0, shape }],
});

describe('layouts.ts', () => {
  it('is what the generator would write', () => {
    execFileSync('bash', ['scripts/generate.sh', '--check'], { cwd: root, stdio: 'pipe' });
  });

  it('has the hash of the compiled object', () => {
    const object = addon.openObject(bpfObjectPath('gateway'));
    expect(layoutHash(object.btf(), LAYOUT_TYPES)).toBe(LAYOUT_HASH);
    object.close();
  });
});

describe('the generator', () => {
  it('writes an interface and a codec for each structure', () => {
    const text = emitModule([structure(number(8))], 'abc');
    expect(text).toContain("export const LAYOUT_HASH = 'abc';");
    expect(text).toContain('export interface Thing {\n  field: bigint;\n}');
    expect(text).toContain('field: view.getBigUint64(at, true),');
  });

  it('hides padding', () => {
    const layout = structure(number(4)) as Extract<Layout, { kind: 'struct' }>;
    layout.fields[0]!.name = 'pad';
    expect(emitModule([layout], '')).not.toContain('pad');
  });

  it('refuses arrays of anything but bytes and words', () => {
    const layout = structure({ kind: 'array', length: 2, element: number(2) });
    expect(() => emitModule([layout], '')).toThrow('arrays are of __u8 or __u32');
  });

  it('refuses labels that would mean two things', () => {
    const layout: Layout = {
      kind: 'enum',
      name: 'thing',
      values: ['A', 'B'].map((name) => ({ name: `THING_${name}`, value: 1 })),
    };
    expect(() => emitModule([layout], '')).toThrow('enum thing has one value under two names');
  });
});
