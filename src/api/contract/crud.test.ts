import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Json, startApi, type TestApi } from '../testing/api.js';
import { KIND_NAMES, kinds } from '../testing/kinds.js';

const UNKNOWN = '99999999-9999-4999-8999-999999999999';
let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.reset());

describe.each(KIND_NAMES)('%s', (name) => {
  it('is created with 201, shown, listed, changed with 200, deleted with 204', async () => {
    const { root, many, path, fields, change } = (await kinds(api))[name]!;
    const created = await api.post(`/v2/lbaas/${path}`, { [root]: fields });
    expect([created.status, Object.keys(created.body)]).toEqual([201, [root]]);
    const object = created.body[root];
    expect(object).toMatchObject(fieldsThatAreShown(fields));
    const url = `/v2/lbaas/${path}/${encodeURIComponent(object.id ?? object.name)}`;

    const shown = await api.get(url);
    expect(shown.status).toBe(200);
    if (name !== 'loadbalancer') {
      expect(shown.body[root]).toEqual(object);
    }
    const listed = await api.get(`/v2/lbaas/${path}`);
    expect(listed.body[many].map(keyOf)).toContain(keyOf(object));

    const changed = await api.put(url, { [root]: change });
    expect([changed.status, Object.keys(changed.body)]).toEqual([200, [root]]);
    expect(changed.body[root]).toMatchObject(change);
    expect((await api.get(url)).body).toEqual(changed.body);

    const deleted = await api.delete(url);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await api.get(url)).status).toBe(404);
    expect((await api.put(url, { [root]: change })).status).toBe(404);
    expect((await api.delete(url)).status).toBe(404);
  });

  it('is not there under an id that nobody has', async () => {
    const { root, path, change } = (await kinds(api))[name]!;
    for (const id of [UNKNOWN, 'nonsense', '__proto__']) {
      const url = `/v2/lbaas/${path}/${id}`;
      const answers = [await api.get(url), await api.put(url, { [root]: change }), await api.delete(url)];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(answers[0]!.body).toMatchObject({ faultcode: 'Client', code: 'not_found' });
    }
  });

  it('refuses an attribute that there is not, and says which', async () => {
    const { root, path, fields } = (await kinds(api))[name]!;
    const { status, body } = await api.post(`/v2/lbaas/${path}`, { [root]: { ...fields, colour: 'red' } });
    expect(status).toBe(400);
    expect(body.faultstring).toContain(`${root}.colour`);
  });

  it('refuses a filter that there is not', async () => {
    const { path } = (await kinds(api))[name]!;
    expect((await api.get(`/v2/lbaas/${path}?colour=red`)).status).toBe(400);
  });
});

function fieldsThatAreShown(fields: object): object {
  const parents = ['loadbalancer_id', 'pool_id', 'flavor_data', 'availability_zone_data'];
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !parents.includes(name)));
}

function keyOf(object: Json): string {
  return object.id ?? object.name;
}
