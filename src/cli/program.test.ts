import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from './program.js';
import { RESOURCES, typeNamed } from './resources/index.js';
import { VERBS } from './resources/resource.js';
import { sluice } from './testing/run.js';
import { columnNames } from './verbs/present.js';

const sink = { write: () => true, once: () => undefined };
let program: Command;
/** Every command that does something, with its words. */
let leaves: Array<[words: string, command: Command]>;
beforeAll(async () => {
  program = await createProgram({ out: sink, err: sink, input: Readable.from([]), env: {} });
  const below = (command: Command, words: string): Array<[string, Command]> =>
    command.commands.length === 0
      ? [[words, command]]
      : command.commands.flatMap((one) => below(one, `${words} ${one.name()}`.trim()));
  leaves = below(program, '');
});

describe('the command line', () => {
  it('explains every command with examples', async () => {
    const hidden = new Set(['help', 'complete-words', 'lab up', 'lab down']);
    const without: string[] = [];
    for (const [words] of leaves.filter(([words]) => !hidden.has(words))) {
      const { code, out } = await sluice([...words.split(' '), '--help']);
      if (code !== 0 || !/^Examples:\n {2}\S/m.test(out) || /undefined|\[object/.test(out)) {
        without.push(words);
      }
    }
    expect(without).toEqual([]);
  });

  it('has no option of a command that hides one of the program', () => {
    const own = new Set(program.options.flatMap(({ long, short }) => [long, short]));
    const hiding = leaves.flatMap(([words, { options }]) =>
      options
        .filter(({ long, short }) => own.has(long ?? '-') || own.has(short ?? '-'))
        .map(({ flags }) => `${words} ${flags}`),
    );
    expect(hiding).toEqual([]);
  });

  const faults: [string, string[], RegExp][] = [
    ['a command that does not exist', ['aply'], /unknown command 'aply'\n\(Did you mean apply\?\)/],
    ['a kind that does not exist', ['get', 'listner'], /unknown command 'listner'\n\(Did you mean listener\?\)/],
    [
      'an option that does not exist',
      ['get', 'lb', '--nmae', 'x'],
      /unknown option '--nmae'\n\(Did you mean --name\?\)/,
    ],
    ['an argument too many', ['status', 'now'], /too many arguments/],
    ['a name that is missing', ['delete', 'lb'], /missing required argument 'name'/],
    ['a form of output that does not exist', ['get', 'lb', '-o', 'xml'], /Allowed choices are table, json, yaml/],
  ];
  it.each(faults)('says what is wrong with %s', async (_sentence, argv, told) => {
    const { code, out, err } = await sluice(argv);
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(told)]);
    expect(err).toContain('--help shows how it is used');
  });

  it('shows its commands when it is given none', async () => {
    expect(await sluice([])).toMatchObject({ code: 2, err: expect.stringContaining('Usage: sluice') });
  });
});

describe('descriptions of resources', () => {
  it.each(RESOURCES.map((type) => [type.name, type] as const))('%s agrees with itself', (_name, type) => {
    const names = new Set(columnNames(type));
    expect(type.columns.filter((column) => !names.has(column))).toEqual([]);
    const refers = [...type.fields, ...(type.special ?? [])].flatMap(({ refers }) => refers ?? []);
    for (const name of [
      ...refers,
      ...(type.parent ? [type.parent.type] : []),
      ...(type.calledBy ? [type.calledBy] : []),
    ]) {
      expect(typeNamed(name).name).toBe(name);
    }
    expect(VERBS.filter((verb) => type.verbs.includes(verb) !== (type.examples[verb] !== undefined))).toEqual([]);
  });

  it('give no word to two kinds', () => {
    const words = RESOURCES.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  });

  it('have examples that the program takes', async () => {
    // Nobody listens on this port.
    const env = { SLUICE_URL: 'http://127.0.0.1:1', OS_USERNAME: 'alice', OS_PASSWORD: 'p' };
    const wrong: string[] = [];
    for (const { command } of RESOURCES.flatMap(({ examples }) => Object.values(examples).flat())) {
      const argv =
        command
          .match(/"[^"]*"|\S+/g)
          ?.slice(1)
          .map((word) => word.replaceAll('"', '')) ?? [];
      const { code, err } = await sluice(argv, { env });
      // Whatever is right with the words, nobody answers; passwords and lists of files come before that.
      if (code !== 3 && !/no such file|no terminal to ask on/.test(err)) {
        wrong.push(`${command}: ${code} ${err}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
