import { describe, expect, it, vi } from 'vitest';
import { refusalOf } from '../../model/testing/refusal.js';
import { list, select } from './list.js';
import { type Query, readListQuery } from './query.js';
import type { Live, View } from './view.js';

interface Fruit {
  id: string;
  name: string;
  created_at: string;
  weight: number | null;
  ripe: boolean;
  tags: string[];
  baskets: { id: string }[];
}

const view: View<Fruit> = {
  one: 'fruit',
  many: 'fruits',
  key: 'id',
  attributes: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    created_at: ({ created_at }) => created_at,
    weight: ({ weight }) => weight,
    ripe: ({ ripe }) => ripe,
    tags: ({ tags }) => tags,
    baskets: ({ baskets }) => baskets,
    stones: () => 'many',
  },
  filters: { basket_id: ({ baskets }) => baskets.map(({ id }) => id) },
  heavy: new Set(['stones']),
};

function fruit(id: string, rest: Partial<Fruit> = {}): Fruit {
  return { id, name: `fruit ${id}`, created_at: '2026', weight: 1, ripe: true, tags: [], baskets: [], ...rest };
}

const FRUITS = [
  fruit('d', { created_at: '2024', name: 'plum', weight: 10, tags: ['red', 'soft'] }),
  fruit('b', { created_at: '2025', name: 'apple', weight: 9, ripe: false, tags: ['red'], baskets: [{ id: 'x' }] }),
  fruit('a', { created_at: '2025', name: 'pear', weight: null, tags: ['green', 'soft'] }),
  fruit('c', { created_at: '2023', name: 'apple', weight: 200, tags: [] }),
];

const URL_BASE = 'http://gateway:9876/v2/lbaas/fruits';

function answer(query: Query, items: readonly Fruit[] = FRUITS) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const text of [value ?? []].flat()) {
      params.append(name, text);
    }
  }
  const url = new URL(`${URL_BASE}?${params}`);
  const body = list(view, items, readListQuery(query, view), {} as Live, url) as {
    fruits: Fruit[];
    fruits_links: { rel: string; href: string }[];
  };
  return { ids: body.fruits.map(({ id }) => id).join(''), ...body };
}

describe('the order of a list', () => {
  it.each<[sentence: string, query: Query, ids: string]>([
    ['by time of creation, then by id', {}, 'cdab'],
    ['by the key asked for, then by creation and id', { sort: 'name' }, 'cbad'],
    ['downwards where asked', { sort: 'name:desc' }, 'dacb'],
    ['numbers by size, no value first', { sort: 'weight:asc' }, 'abdc'],
    ['several keys, each with its direction', { sort: 'name:asc,id:asc' }, 'bcad'],
    ['sort_key and sort_dir side by side', { sort_key: 'weight', sort_dir: 'desc' }, 'cdba'],
    ['sort_key alone goes upwards', { sort_key: 'id' }, 'abcd'],
    ['sort_key and sort_dir repeated', { sort_key: ['name', 'id'], sort_dir: ['asc', 'desc'] }, 'cbad'],
    ['directions in capitals', { sort: 'id:DESC' }, 'dcba'],
  ])('is %s', (_sentence, query, ids) => {
    expect(answer(query).ids).toBe(ids);
  });
});

describe('filters', () => {
  it.each<[sentence: string, query: Query, ids: string]>([
    ['find a text', { name: 'apple' }, 'cb'],
    ['find a number written as text', { weight: '10' }, 'd'],
    ['find a truth value as Python writes it', { ripe: 'False' }, 'b'],
    ['find no value by an empty text', { weight: '' }, 'a'],
    ['find an object by one of its children', { baskets: 'x' }, 'b'],
    ['find by what is not shown', { basket_id: 'x' }, 'b'],
    ['have to match all', { name: 'apple', weight: '200' }, 'c'],
    ['match any of repeated values', { id: ['a', 'b'] }, 'ab'],
    ['find nothing', { name: 'Apple' }, ''],
    ['tags: all of them', { tags: 'red,soft' }, 'd'],
    ['tags: all of them, repeated', { tags: ['red', 'soft'] }, 'd'],
    ['tags-any: any of them', { 'tags-any': 'red,green' }, 'dab'],
    ['not-tags: not all of them', { 'not-tags': 'red,soft' }, 'cab'],
    ['not-tags-any: none of them', { 'not-tags-any': 'red,soft' }, 'c'],
    ['tags beside other filters', { 'tags-any': 'red', name: 'plum' }, 'd'],
  ])('%s', (_sentence, query, ids) => {
    expect(answer(query).ids).toBe(ids);
  });
});

describe('pages', () => {
  it.each<[sentence: string, query: Query, ids: string, links: string[]]>([
    ['one page has no links', { limit: '4' }, 'cdab', []],
    ['the first page links to the next', { limit: '2' }, 'cd', ['next d']],
    ['a page in the middle links both ways', { limit: '1', marker: 'c' }, 'd', ['next d', 'previous d']],
    ['the last page links back', { limit: '2', marker: 'd' }, 'ab', ['previous a']],
    ['after the last object there is nothing', { marker: 'b' }, '', []],
    ['backwards from a marker', { limit: '2', marker: 'b', page_reverse: 'True' }, 'da', ['next a', 'previous d']],
    ['backwards to the beginning', { limit: '5', marker: 'a', page_reverse: 'true' }, 'cd', ['next d']],
    ['backwards from the end', { limit: '1', page_reverse: 'True' }, 'b', ['previous b']],
    ['limits below 1 are none', { limit: '0' }, 'cdab', []],
    ['infinite is no limit', { limit: 'infinite' }, 'cdab', []],
    [
      'a marker that the filters leave out keeps its place',
      { name: 'apple', marker: 'd', limit: '1' },
      'b',
      ['previous b'],
    ],
    ['in another order', { sort: 'id:desc', limit: '1', marker: 'd' }, 'c', ['next c', 'previous c']],
  ])('%s', (_sentence, query, ids, links) => {
    const body = answer(query);
    expect(body.ids).toBe(ids);
    const named = body.fruits_links.map(({ rel, href }) => `${rel} ${new URL(href).searchParams.get('marker')}`);
    expect(named).toEqual(links);
  });

  it('links keep filters, order and fields, and are absolute', () => {
    const [next] = answer({ limit: '1', sort: 'id:desc', ripe: 'True', fields: ['id', 'name'] }).fruits_links;
    expect(next).toEqual({
      rel: 'next',
      href: `${URL_BASE}?limit=1&sort=id%3Adesc&ripe=True&fields=id&fields=name&marker=d`,
    });
  });

  it('following the links from the first page on visits every object once', () => {
    const visited: string[] = [];
    for (let query: Query | undefined = { limit: '1', sort: 'name:desc' }; query; ) {
      const body = answer(query);
      visited.push(body.ids);
      const next = body.fruits_links.find(({ rel }) => rel === 'next');
      query = next && Object.fromEntries(new URL(next.href).searchParams);
    }
    expect(visited.join('')).toBe('dacb');
  });

  it('no page is longer than the gateway allows', () => {
    expect(readListQuery({}, view, { maxLimit: 3 }).limit).toBe(3);
    expect(readListQuery({ limit: '2' }, view, { maxLimit: 3 }).limit).toBe(2);
    expect(readListQuery({ limit: '9' }, view, { maxLimit: 3 }).limit).toBe(3);
  });
});

describe('fields', () => {
  it.each<[sentence: string, query: Query, names: string[]]>([
    ['repeated', { fields: ['id', 'name'] }, ['id', 'name']],
    ['separated by commas', { fields: 'name,id' }, ['id', 'name']],
    ['unknown ones are left out', { fields: ['id', 'colour'] }, ['id']],
    ['what lists leave out comes when asked for', { fields: 'stones' }, ['stones']],
  ])('%s', (_sentence, query, names) => {
    expect(Object.keys(answer(query).fruits[0]!)).toEqual(names);
  });

  it('without the parameter everything is there but what lists leave out', () => {
    expect(Object.keys(answer({}).fruits[0]!)).toEqual(
      Object.keys(view.attributes).filter((name) => name !== 'stones'),
    );
  });
});

describe('what is refused', () => {
  it.each<[sentence: string, query: Query, faults: string[]]>([
    ['an unknown filter', { nam: 'x' }, ['nam: fruits have no attribute nam to filter by; did you mean name?']],
    ['an unknown sort key', { sort: 'nam' }, ['sort: nam:asc is not a sort key; did you mean name?']],
    ['an unknown direction', { sort: 'name:up' }, ['sort: up is not a direction; write asc or desc']],
    [
      'a limit that is no number',
      { limit: 'ten' },
      ['limit: ten is not a number; write how many objects a page may have'],
    ],
    ['an odd page_reverse', { page_reverse: 'x' }, ['page_reverse: x is neither true nor false; write True or False']],
    ['two markers', { marker: ['a', 'b'] }, ['marker: is there more than once; write it once']],
    [
      'an unknown marker',
      { marker: 'z' },
      ['marker: no fruit has the id z; write the id of the last object of the page before'],
    ],
    [
      'everything at once',
      { nam: 'x', limit: 'ten' },
      [
        'limit: ten is not a number; write how many objects a page may have',
        'nam: fruits have no attribute nam to filter by; did you mean name?',
      ],
    ],
  ])('%s', (_sentence, query, faults) => {
    const error = refusalOf(() => answer(query));
    expect(error.status).toBe(400);
    expect(error.faults.map(({ path, message, suggestion }) => `${path}: ${message}; ${suggestion}`)).toEqual(faults);
  });
});

describe('select', () => {
  it('sorts a list once, as long as it is the same list', () => {
    const created = vi.fn(({ created_at }: Fruit) => created_at);
    const watched: View<Fruit> = { ...view, attributes: { ...view.attributes, created_at: created } };
    const page = (items: readonly Fruit[]) =>
      select(watched, items, readListQuery({ limit: '2' }, watched), {} as Live).items.map(({ id }) => id);
    const fruits = [...FRUITS];
    expect([page(fruits), page(fruits)]).toEqual([
      ['c', 'd'],
      ['c', 'd'],
    ]);
    expect(created).toHaveBeenCalledTimes(FRUITS.length);
    expect(page(fruits.slice(0, 2))).toEqual(['d', 'b']);
  });
});
