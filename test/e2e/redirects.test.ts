/** Redirects: where clients are sent, and with which status. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, WebScene } from '../l7/support/scene.js';
import { http, https, path } from './bodies.js';

const scene = new WebScene('redirects', { backends: 1 });
let served: Served;

beforeAll(async () => {
  await scene.start();
  const certificate = await scene.certificate(scene.authority.server(['shop.example']));
  const secure = { default_pool: { name: 'apps' } };
  served = await scene.serve({
    pools: [scene.pool('apps')],
    listeners: [
      https('secure', 443, certificate, secure),
      https('secure-elsewhere', 8443, certificate, secure),
      http('all', 80, {
        l7policies: [{ name: 'to-https', action: 'REDIRECT_TO_LISTENER', redirect_listener: { name: 'secure' } }],
      }),
      http('all-elsewhere', 81, {
        l7policies: [
          {
            name: 'to-port',
            action: 'REDIRECT_TO_LISTENER',
            redirect_listener: { name: 'secure-elsewhere' },
            redirect_http_code: 308,
          },
        ],
      }),
      http('some', 82, {
        default_pool: { name: 'apps' },
        l7policies: [
          {
            name: 'to-url',
            action: 'REDIRECT_TO_URL',
            redirect_url: 'https://www.example/moved?for=good',
            rules: [path('EQUAL_TO', '/old')],
          },
          {
            name: 'to-prefix',
            action: 'REDIRECT_PREFIX',
            redirect_prefix: 'https://docs.example/v2',
            redirect_http_code: 307,
            rules: [path('STARTS_WITH', '/docs')],
          },
        ],
      }),
    ],
  });
});
afterAll(() => scene.stop());

test.each([
  ['a whole listener to HTTPS', 'http://shop.example/cart?item=1', 301, 'https://shop.example/cart?item=1'],
  [
    'the port of the client is not that of the other listener',
    'http://shop.example:81/a',
    308,
    'https://shop.example:8443/a',
  ],
  ['a URL as it is written', 'http://shop.example:82/old', 302, 'https://www.example/moved?for=good'],
  ['a prefix before path and query', 'http://shop.example:82/docs/a?b=c', 307, 'https://docs.example/v2/docs/a?b=c'],
])('%s', async (_, url, status, location) => {
  expect(await served.get(url)).toMatchObject({ status, headers: { location: [location] } });
});

test('what no policy is about goes to the pool', async () => {
  expect((await served.get('http://shop.example:82/older')).status).toBe(200);
});

test('a client that follows ends at the page', async () => {
  const followed = await served.get('http://shop.example/cart', { options: ['-L'], ca: scene.authority.file });
  expect(followed.status).toBe(200);
  expect(followed.echo().url).toBe('/cart');
});

test('a listener that is redirected to is not deleted', async () => {
  const id = await served.id('listeners', 'secure');
  const answer = await scene.api.send({ method: 'DELETE', path: `/v2/lbaas/listeners/${id}` });
  const policy = await served.id('l7policies', 'to-https');
  expect([answer.status, answer.text]).toEqual([409, expect.stringContaining(policy)]);
  expect((await served.get('https://shop.example/')).status).toBe(200);
});
