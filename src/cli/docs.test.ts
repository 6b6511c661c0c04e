import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from './failure.js';
import { createProgram } from './program.js';
import { VERBS } from './resources/resource.js';
import { COMMON, withReference } from './testing/reference.js';

const PATH = fileURLToPath(new URL('../../docs/cli.md', import.meta.url));
const document = readFileSync(PATH, 'utf8');
const sink = { write: () => true, once: () => undefined };
let program: Command;
beforeAll(async () => {
  program = await createProgram({ out: sink, err: sink, input: Readable.from([]), env: {} });
});

/** Commands that have a section of their own: all but the verbs, whose kinds have one each. */
function commands(): Command[] {
  const own = program.commands.filter((command) => !(VERBS as readonly string[]).includes(command.name()));
  return own.filter((command) => program.createHelp().visibleCommands(program).includes(command));
}

function sectionOf(title: string): string {
  const start = document.indexOf(`\n## ${title}\n`);
  const end = document.indexOf('\n## ', start + 1);
  return start < 0 ? '' : document.slice(start, end < 0 ? undefined : end);
}

describe('docs/cli.md', () => {
  it('tells of every kind of resource what its help tells', async () => {
    await expect(withReference(document, program)).toMatchFileSnapshot(PATH);
  });

  it('has a section for each command, with all of its options and arguments', () => {
    const missing = commands().flatMap((command) => {
      const section = sectionOf(`sluice ${command.name()}`);
      const options = command.options.map(({ long }) => long ?? '');
      const below = command.commands.map((one) => `sluice ${command.name()} ${one.name()}`);
      const wanted = ['', ...options, ...below].filter((text) => section === '' || !section.includes(text));
      return wanted.map((text) => `${command.name()} ${text}`);
    });
    expect(missing).toEqual([]);
  });

  it('has no section for what is no command, and no option that does not exist', () => {
    const names = [...document.matchAll(/^## sluice (\S+)$/gm)].map(([, name]) => name);
    expect(names.filter((name) => !program.commands.some((command) => command.name() === name))).toEqual([]);
    const tree = (command: Command): string[] => [
      ...command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']),
      ...command.commands.flatMap(tree),
    ];
    const known = new Set([...tree(program), '--help']);
    // `--add-…` stands for several.
    const written = [...document.matchAll(/--[a-z][\w-]*/g)]
      .map(([flag]) => flag)
      .filter((flag) => !flag.endsWith('-'));
    expect(written.filter((flag) => !known.has(flag))).toEqual([]);
  });

  it('tells what all verbs have in common', () => {
    const section = sectionOf('Resources');
    const missing = ['-o', '-q', ...COMMON, ...VERBS].filter((text) => !section.includes(text));
    expect(missing).toEqual([]);
  });

  it('tells the options of the program and the exit codes', () => {
    const options = program.options.map(({ long }) => long ?? '');
    expect(options.filter((flag) => !document.includes(flag))).toEqual([]);
    expect(Object.values(EXIT).filter((code) => !document.includes(`| ${code} |`))).toEqual([]);
  });
});
