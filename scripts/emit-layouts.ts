/** Writes TypeScript for layouts: interfaces, codecs, enums. Pure: layouts in, text out. */
import type { EnumLayout, Field, Layout, Shape, StructLayout } from '../src/datapath/shapes.js';

/** The whole of src/datapath/layouts.ts. `names` in the order of bpf/types.h. */
export function emitModule(layouts: readonly Layout[], hash: string): string {
  const bodies = layouts.map((layout) => (layout.kind === 'enum' ? emitEnum(layout) : emitStruct(layout)));
  const names = layouts.map((layout) => `  '${layout.name}',`);
  const text = bodies.join('\n');
  const helpers = ['getBytes', 'getWords', 'putBytes', 'putWords'].filter((name) => text.includes(`${name}(`));
  return [
    '/**',
    ' * What the kernel programs and user space share. Generated from the BTF of bpf/gateway.bpf.c by scripts/generate-layouts.ts;',
    ' * change bpf/types.h and run `npm run generate`.',
    ' */',
    `import { ${['codec', ...helpers].join(', ')} } from './codec.js';`,
    '',
    '/** Identifies these layouts; `layoutHash` of an object with the same ones yields the same. */',
    `export const LAYOUT_HASH = '${hash}';`,
    '',
    '/** The types that LAYOUT_HASH is taken of. */',
    'export const LAYOUT_TYPES = [',
    ...names,
    '] as const;',
    '',
    text,
  ].join('\n');
}

function emitStruct(layout: StructLayout): string {
  const type = pascal(layout.name);
  const fields = layout.fields.flatMap(visible);
  const arms = fields.filter((field) => field.arm).map((field) => `'${field.name}'`);
  const input = arms.length > 0 ? `${type}Input` : type;
  const lines = [`/** struct ${layout.name}, ${layout.size} bytes */`, `export interface ${type} {`];
  for (const field of fields) lines.push(`  ${field.name}: ${typeOf(field.shape)};`);
  lines.push('}', '');
  if (arms.length > 0) {
    const list = arms.join(' | ');
    lines.push(
      `/** The fields ${arms.join(', ')} share their bytes: give the one that is meant. */`,
      `export type ${input} = Omit<${type}, ${list}> & Partial<Pick<${type}, ${list}>>;`,
      '',
    );
  }
  lines.push(
    `export const ${camel(layout.name)} = codec<${input === type ? type : `${type}, ${input}`}>(`,
    `  '${layout.name}',`,
    `  ${layout.size},`,
    '  (view, at) => ({',
    ...fields.map((field) => `    ${field.name}: ${reader(field)},`),
    '  }),',
    '  (view, at, value) => {',
    ...fields.map((field) => `    ${writer(layout.name, field)}`),
    '  },',
    ');',
    '',
  );
  return lines.join('\n');
}

interface VisibleField extends Field {
  /** One of several that share their bytes. */
  arm: boolean;
}

/** Fields that callers see: union arms beside the others, padding not at all (it stays zero). */
function visible(field: Field): VisibleField[] {
  if (field.shape.kind === 'union') return field.shape.arms.map((arm) => ({ ...arm, arm: true }));
  return /^pad\d*$/.test(field.name) ? [] : [{ ...field, arm: false }];
}

function typeOf(shape: Shape): string {
  if (shape.kind === 'number') return shape.size === 8 ? 'bigint' : 'number';
  if (shape.kind === 'struct') return pascal(shape.name);
  return elementKind(shape) === 'bytes' ? 'Uint8Array' : 'Uint32Array';
}

function elementKind(shape: Shape): 'bytes' | 'words' {
  if (shape.kind === 'array' && shape.element.kind === 'number' && !shape.element.signed) {
    if (shape.element.size === 1) return 'bytes';
    if (shape.element.size === 4 && shape.element.order === 'host') return 'words';
  }
  throw new Error(`arrays are of __u8 or __u32, not ${JSON.stringify(shape)}`);
}

function accessor(shape: Extract<Shape, { kind: 'number' }>): string {
  const kind = shape.size === 8 ? 'Big' : '';
  return `${kind}${shape.signed ? 'Int' : 'Uint'}${shape.size * 8}`;
}

/** Third argument of DataView's functions, where they have one. */
function littleEndian(shape: Extract<Shape, { kind: 'number' }>): string {
  if (shape.size === 1) return '';
  return shape.order === 'host' ? ', true' : ', false';
}

function position(field: Field): string {
  return field.offset === 0 ? 'at' : `at + ${field.offset}`;
}

function reader(field: Field): string {
  const { shape } = field;
  const at = position(field);
  if (shape.kind === 'number') return `view.get${accessor(shape)}(${at}${littleEndian(shape)})`;
  if (shape.kind === 'struct') return `${camel(shape.name)}.read(view, ${at})`;
  if (shape.kind === 'union') throw new Error(`${field.name}: unions do not nest`);
  return `${elementKind(shape) === 'bytes' ? 'getBytes' : 'getWords'}(view, ${at}, ${shape.length})`;
}

function writer(struct: string, field: VisibleField): string {
  const { shape } = field;
  const at = position(field);
  const value = `value.${field.name}`;
  const guard = field.arm ? `if (${value} !== undefined) ` : '';
  if (shape.kind === 'number') return `${guard}view.set${accessor(shape)}(${at}, ${value}${littleEndian(shape)});`;
  if (shape.kind === 'struct') return `${guard}${camel(shape.name)}.write(view, ${at}, ${value});`;
  if (shape.kind === 'union') throw new Error(`${field.name}: unions do not nest`);
  const put = elementKind(shape) === 'bytes' ? 'putBytes' : 'putWords';
  return `${guard}${put}(view, ${at}, ${shape.length}, ${value}, '${struct}.${field.name}');`;
}

/** Members that bound or position others; they name nothing themselves. */
const NOT_A_LABEL = /_(MAX|SHIFT)$/;

function emitEnum(layout: EnumLayout): string {
  const type = pascal(layout.name);
  const prefix = prefixOf(layout);
  const lines = [`/** enum ${layout.name} */`, `export const ${type} = {`];
  for (const { name, value } of layout.values) lines.push(`  ${name.slice(prefix.length)}: ${value},`);
  lines.push('} as const;', `export type ${type} = (typeof ${type})[keyof typeof ${type}];`, '');
  if (prefix === '') return lines.join('\n');

  const labelled = layout.values.filter(({ name }) => !NOT_A_LABEL.test(name));
  if (new Set(labelled.map(({ value }) => value)).size !== labelled.length) {
    throw new Error(`enum ${layout.name} has one value under two names: labels would be ambiguous`);
  }
  lines.push(
    `/** Labels of enum ${layout.name}, by value. */`,
    `export const ${camel(layout.name)}Labels: Readonly<Record<number, string>> = {`,
    ...labelled.map(({ name, value }) => `  ${value}: '${name.slice(prefix.length).toLowerCase()}',`),
    '};',
    '',
  );
  return lines.join('\n');
}

/** `outcome` -> `OUTCOME_`, `session_bit` -> `SESSION_`; empty where a member does without it. */
function prefixOf(layout: EnumLayout): string {
  const prefix = `${layout.name.replace(/_bit$/, '').toUpperCase()}_`;
  return layout.values.every(({ name }) => name.startsWith(prefix)) ? prefix : '';
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function pascal(name: string): string {
  return camel(`_${name}`);
}
