import { describe, expect, it } from 'vitest';
import type { LogReader } from '../datapath/access-log.js';
import { Names } from './names.js';

type Named = Parameters<Names['use']>[0][number];

const MINUTE = 60_000;

function loadbalancer(id: string, listeners: string[], pools: string[] = [], name = id): Named {
  const named = (ids: string[]) => ids.map((one) => ({ id: one, name: `name of ${one}` }));
  return { id, name, project_id: 'p', listeners: named(listeners), pools: named(pools) } as unknown as Named;
}

function names() {
  const said: string[] = [];
  const reader = {
    nameListener: (...words: string[]) => said.push(words.join(' ')),
    namePool: (...words: string[]) => said.push(words.join(' ')),
    removeName: (id: string) => said.push(`forget ${id}`),
  } as unknown as LogReader;
  return { said, names: new Names(reader) };
}

describe('names', () => {
  it('are told once, and again only of load balancers that changed', () => {
    const { said, names: told } = names();
    const [web, mail] = [loadbalancer('web', ['l1'], ['p1']), loadbalancer('mail', ['l2'])];
    told.use([web, mail]);
    expect(said.splice(0)).toEqual(['l1 name of l1 web web p', 'p1 name of p1', 'l2 name of l2 mail mail p']);
    told.use([web, mail]);
    expect(said).toEqual([]);
    told.use([web, loadbalancer('mail', ['l2'], [], 'post')]);
    expect(said).toEqual(['l2 name of l2 post mail p']);
  });

  it('of what is deleted are forgotten after a minute', () => {
    const { said, names: told } = names();
    told.use([loadbalancer('web', ['l1', 'l2'], ['p1']), loadbalancer('mail', ['l3'])]);
    told.use([loadbalancer('web', ['l1'])]);
    said.splice(0);
    expect(told.sweep()).toEqual([]);
    expect(told.sweep(performance.now() + MINUTE)).toEqual(['l2', 'p1', 'l3']);
    expect(said).toEqual(['forget l2', 'forget p1', 'forget l3']);
    expect(told.sweep(performance.now() + MINUTE)).toEqual([]);
  });

  it('of what comes back stay', () => {
    const { names: told } = names();
    told.use([loadbalancer('web', ['l1'])]);
    told.use([]);
    told.use([loadbalancer('web', ['l1'])]);
    expect(told.sweep(performance.now() + MINUTE)).toEqual([]);
  });
});
