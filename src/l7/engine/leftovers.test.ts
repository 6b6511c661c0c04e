import { describe, expect, it } from 'vitest';
import type { Cli } from './cli-connection.js';
import { Leftovers } from './leftovers.js';
import { server } from './testing/configs.js';

/** Refuses to remove servers as long as they are in `busy`. */
class FakeCli implements Cli {
  readonly asked: string[] = [];
  readonly busy = new Set<string>();

  async ask(commands: readonly string[]): Promise<string[]> {
    this.asked.push(...commands);
    return commands.map((command) => {
      const [verb, , key] = command.split(' ');
      const text = this.busy.has(key!)
        ? 'Server still has connections attached to it, cannot remove it.'
        : 'Server deleted.';
      return verb === 'del' ? text : '';
    });
  }

  close(): void {}
}

/** Its timer finds no worker: sweeps happen where the test says so. */
function leftoversOf(...keys: string[]): Leftovers {
  const leftovers = new Leftovers(async () => {});
  leftovers.add(new Map(keys.map((key) => [key, server(80)])));
  return leftovers;
}

describe('servers that are to go', () => {
  it('are removed as soon as nothing is attached to them', async () => {
    const cli = new FakeCli();
    const leftovers = leftoversOf('p/a', 'p/b');
    cli.busy.add('p/a');
    await leftovers.sweep(cli);
    expect(leftovers.keys).toEqual(['p/a']);
    cli.busy.clear();
    await leftovers.sweep(cli);
    expect(leftovers.keys).toEqual([]);
    expect(cli.asked).toEqual(['del server p/a', 'del server p/b', 'del server p/a']);
  });

  it('lose connections that rest after a while: another port makes HAProxy end them', async () => {
    const cli = new FakeCli();
    const leftovers = leftoversOf('p/a');
    cli.busy.add('p/a');
    for (let sweep = 0; sweep < 8; sweep++) {
      await leftovers.sweep(cli);
    }
    const ports = cli.asked.filter((command) => command.startsWith('set'));
    expect(ports).toEqual([
      'set server p/a addr 127.0.0.1 port 9',
      'set server p/a addr 127.0.0.1 port 10',
      'set server p/a addr 127.0.0.1 port 9',
    ]);
  });

  it('are taken back where they come again as they were', () => {
    const leftovers = leftoversOf('p/a', 'p/b');
    expect(leftovers.takeBack('p/a', server(80, { weight: 9 }))).toBe(true);
    expect(leftovers.takeBack('p/b', server(80, { options: 'ssl' }))).toBe(false);
    expect(leftovers.takeBack('p/c', server(80))).toBe(false);
    expect(leftovers.keys).toEqual(['p/b']);
  });

  it('are forgotten after a reload', async () => {
    const cli = new FakeCli();
    const leftovers = leftoversOf('p/a');
    leftovers.forget();
    await leftovers.sweep(cli);
    expect(cli.asked).toEqual([]);
  });
});
