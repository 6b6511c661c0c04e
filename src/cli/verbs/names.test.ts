import { describe, expect, it } from 'vitest';
import { startEach } from '../testing/each-test.js';
import type { FakeGateway } from '../testing/fake-gateway.js';
import { IDS, scene } from '../testing/scene.js';
import { parseEndpoint } from './names.js';

describe('names', () => {
  let gateway: FakeGateway;
  const run = startEach(scene, (started) => {
    gateway = started;
  });

  /** The id of what a name means, or what is said about it. */
  const find = async (kind: string, name: string): Promise<string> => {
    const { code, out, err } = await run('delete', kind, name, '-q');
    return code === 0 ? out.trim() : `${code} ${err.trim()}`;
  };

  const found: [string, string, string, string][] = [
    ['a name', 'lb', 'web', IDS.web],
    ['an id', 'lb', IDS.web, IDS.web],
    ['a name that is unique without its parent', 'listener', 'dns', IDS.dns],
    ['a path', 'listener', 'shop/http', IDS.shopHttp],
    ['a path with ids in it', 'listener', `${IDS.shop}/http`, IDS.shopHttp],
    ['a path that begins in the middle', 'l7policy', 'web/http/static', IDS.policy],
    ['a member by address and port', 'member', 'shop/app/10.0.0.5:8080', IDS.shopMember5],
    ['a member by name, whatever pool it is in', 'member', 'six', IDS.member6],
    ['a member by id, whatever pool it is in', 'member', IDS.shopMember5, IDS.shopMember5],
    ['a health monitor by its pool', 'hm', 'web/app', IDS.monitor],
    ['a rule by id, whatever policy it is of', 'rule', IDS.rule, IDS.rule],
    ['a zone, whose name is its key', 'az', 'east', 'east'],
  ];
  it.each(found)('find %s', async (_sentence, kind, name, id) => {
    expect(await find(kind, name)).toBe(id);
  });

  it('that several objects have list their paths and ids', async () => {
    expect(await find('listener', 'http')).toBe(
      `2 sluice: 2 listeners are called "http"; write the id or the path of one:\n  ${IDS.webHttp}  web/http\n  ${IDS.shopHttp}  shop/http`,
    );
    expect(await find('member', '10.0.0.5:8080')).toBe(
      `2 sluice: 2 members are called "10.0.0.5:8080"; write the id or the path of one:\n  ${IDS.member5}  web/app/10.0.0.5:8080\n  ${IDS.shopMember5}  shop/app/10.0.0.5:8080`,
    );
  });

  const missing: [string, string, string, string][] = [
    ['what there is', 'lb', 'nope', 'there is no load balancer "nope"; there are web, shop'],
    [
      'what was meant',
      'listener',
      'web/htp',
      'there is no listener "htp" in load balancer web; did you mean http? there are http, dns',
    ],
    [
      'the path of what was meant',
      'listener',
      'dsn',
      'there is no listener "dsn"; did you mean web/dns? there are web/http, web/dns, shop/http',
    ],
    [
      'which part of a path is wrong',
      'listener',
      'wbe/http',
      'there is no load balancer "wbe"; did you mean web? there are web, shop',
    ],
    ['that a pool has none', 'hm', 'shop/app', 'pool shop/app has no health monitor'],
    [
      'that there are none at all',
      'flavorprofile',
      'x',
      'there is no flavor profile "x"; there are no flavor profiles at all',
    ],
  ];
  it.each(missing)('that nothing has tell %s', async (_sentence, kind, name, told) => {
    gateway.answer('GET /v2.0/lbaas/flavorprofiles?name=x', { body: { flavorprofiles: [] } });
    gateway.answer('GET /v2.0/lbaas/flavorprofiles?limit=1000', { body: { flavorprofiles: [] } });
    expect(await find(kind, name)).toBe(`4 sluice: ${told}`);
  });
});

describe('addresses and ports', () => {
  it.each([
    ['10.0.0.5:80', { address: '10.0.0.5', port: 80 }],
    ['[fd00:0::5]:80', { address: 'fd00::5', port: 80 }],
    ['fd00::5:80', undefined],
    ['[10.0.0.5]:80', undefined],
    ['10.0.0.5', undefined],
    ['10.0.0.5:0', undefined],
    ['10.0.0.5:65536', undefined],
    ['backend:80', undefined],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });
});
