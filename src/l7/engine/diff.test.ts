import { describe, expect, it } from 'vitest';
import type { ProxyBackend, ProxyConfig } from '../proxy-config.js';
import { type Step, wireText } from './commands.js';
import { diff } from './diff.js';
import { withServerStates } from './diff-backends.js';
import { backend, configOf, type Difference, frontend, server, withServer } from './testing/configs.js';

const RUN = '/r';
const pool = backend('p_1', [8001, 8002]);
const fixed = backend('p_2', [8001], { dynamic: false });
const base = configOf({
  frontends: new Map([['l_1', frontend('l_1', 80, [])]]),
  backends: new Map([
    ['p_1', pool],
    ['p_2', fixed],
  ]),
  variables: new Map([['limit', 5]]),
  maps: new Map([['m', ['/a p_1', '/b p_1', '^/x\\.y p_2']]]),
  certificates: new Map([['a', 'PEM a\n']]),
  certificateLists: new Map([['l', ['{{RUN}}/certs/a.pem', '{{RUN}}/certs/b.pem b.example']]]),
  authorities: new Map([['ca', 'PEM ca']]),
  pages: new Map([['503', 'HTTP/1.1 503 x']]),
});

/** What is sent, with `then` for what follows an answer, `add` and `remove` of servers by name. */
function sent(steps: readonly Step[], answer = ''): string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'command') {
      return [wireText(step.command)];
    }
    if (step.kind === 'question') {
      return [wireText(step.command), ...step.next(answer).map(wireText)];
    }
    return [`${step.kind} ${step.key}`];
  });
}

const pools = (p_1: ProxyBackend) => ({
  backends: new Map([...base.backends, ['p_1', p_1]]),
});
const second = (what: Partial<ReturnType<typeof server>> | null) => ({
  backends: new Map([...base.backends, ['p_2', withServer(fixed, 8002, what)]]),
});
const key = (port: number) => `p_1/127.0.0.1:${port}`;

describe('what commands can do', () => {
  const cases: [string, Difference, string[]][] = [
    ['a member down', pools(withServer(pool, 8001, { up: false })), [`set server ${key(8001)} state maint`]],
    ['a weight', pools(withServer(pool, 8001, { weight: 9 })), [`set server ${key(8001)} weight 9`]],
    ['another port', pools(withServer(pool, 8001, { port: 9 })), [`set server ${key(8001)} addr 127.0.0.1 port 9`]],
    ['a new member', pools(withServer(pool, 8003, {})), [`add ${key(8003)}`]],
    ['a member that is gone', pools(withServer(pool, 8002, null)), [`remove ${key(8002)}`]],
    [
      'a member for another: the new one comes first',
      pools(withServer(withServer(pool, 8002, null), 8003, {})),
      [`add ${key(8003)}`, `remove ${key(8002)}`],
    ],
    ['a number', { variables: new Map([['limit', 6]]) }, ['set var proc.limit int(6)']],
    [
      'a line at the end of a map',
      { maps: new Map([['m', ['/a p_1', '/b p_1', '^/x\\.y p_2', '^/z$ p_1']]]) },
      ['add map /r/maps/m.map <<\n^/z$ p_1\n'],
    ],
    [
      'a value in a map',
      { maps: new Map([['m', ['/a p_2', '/b p_1', '^/x\\.y p_2']]]) },
      ['set map /r/maps/m.map /a p_2'],
    ],
    ['a line less in a map', { maps: new Map([['m', ['/a p_1', '^/x\\.y p_2']]]) }, ['del map /r/maps/m.map /b']],
    [
      'another certificate',
      { certificates: new Map([['a', 'PEM\n\n\nother\n']]) },
      ['set ssl cert /r/certs/a.pem <<\nPEM\nother\n', 'commit ssl cert /r/certs/a.pem'],
    ],
    [
      'an authority more and one less',
      { authorities: new Map([['ca2', 'PEM 2']]) },
      [
        'new ssl ca-file /r/ca/ca2.pem',
        'set ssl ca-file /r/ca/ca2.pem <<\nPEM 2\n',
        'commit ssl ca-file /r/ca/ca2.pem',
        'del ssl ca-file /r/ca/ca.pem',
      ],
    ],
  ];
  it.each(cases)('%s', (_, difference, expected) => {
    const plan = diff(base, { ...base, ...difference }, RUN);
    expect(plan.reload).toEqual([]);
    expect(sent(plan.steps)).toEqual(expected);
    expect(plan.files).toBe(true);
  });

  it('a new certificate is there before the list that names it, and an old one goes after it', () => {
    const next = {
      ...base,
      certificates: new Map([['b', 'PEM b']]),
      certificateLists: new Map([['l', ['{{RUN}}/certs/a.pem', '{{RUN}}/certs/b.pem c.example']]]),
    };
    const plan = diff(base, next, RUN);
    const lines = '# /r/lists/l.list\n/r/certs/a.pem:1\n/r/certs/b.pem:2 b.example\n/r/certs/b.pem:3 c.example';
    expect(plan.reload).toEqual([]);
    expect(sent(plan.steps, lines)).toEqual([
      'new ssl cert /r/certs/b.pem',
      'set ssl cert /r/certs/b.pem <<\nPEM b\n',
      'commit ssl cert /r/certs/b.pem',
      'add ssl crt-list /r/lists/l.list <<\n/r/certs/b.pem c.example\n',
      'show ssl crt-list -n /r/lists/l.list',
      'del ssl crt-list /r/lists/l.list /r/certs/b.pem:2',
      'del ssl cert /r/certs/a.pem',
    ]);
  });
});

describe('a map is replaced whole', () => {
  const cases: [string, string[]][] = [
    ['where lines come in another order', ['/b p_1', '/a p_1', '^/x\\.y p_2']],
    ['where a line comes first', ['/0 p_1', '/a p_1', '/b p_1', '^/x\\.y p_2']],
    ['where a key comes twice', ['/a p_1', '/a p_2', '/b p_1', '^/x\\.y p_2']],
    ['where a key has characters that the socket would take for its own', ['/a p_1', '/b p_1', '^/x\\.y p_1']],
    ['where much changes', Array.from({ length: 3000 }, (_, index) => `/${'long'.repeat(10)}/${index} p_1`)],
  ];
  it.each(cases)('%s', (_, lines) => {
    const { steps, reload } = diff(base, { ...base, maps: new Map([['m', lines]]) }, RUN);
    expect(reload).toEqual([]);
    const [prepare, ...rest] = sent(steps, 'New version created: 3');
    expect(prepare).toBe('prepare map /r/maps/m.map');
    expect(rest.pop()).toBe('commit map @3 /r/maps/m.map');
    const added = rest.map((text) => text.replace('add map @3 /r/maps/m.map <<\n', ''));
    expect(added.join('').trimEnd().split('\n')).toEqual(lines);
    expect(Math.max(...rest.map((text) => text.length))).toBeLessThan(16_384);
  });
});

describe('what takes a reload', () => {
  const cases: [string, Difference, string[]][] = [
    ['global settings', { base: 'global' }, ['global settings changed']],
    ['a frontend more', { frontends: new Map([...base.frontends, ['l_2', 'x']]) }, ['frontend l_2 is new']],
    ['a frontend less', { frontends: new Map() }, ['frontend l_1 is gone']],
    ['the text of one', { frontends: new Map([['l_1', 'x']]) }, ['frontend l_1 changed']],
    ['the text of a backend', pools({ ...pool, text: 'backend p_1' }), ['backend p_1 changed']],
    ['a backend less', { backends: new Map([['p_1', pool]]) }, ['backend p_2 is gone']],
    ['options of a server', pools(withServer(pool, 8001, { options: 'ssl' })), [`server ${key(8001)} changed`]],
    ['a server more in a pool that takes none', second({}), ['server p_2/127.0.0.1:8002 is new']],
    ['a map more', { maps: new Map([...base.maps, ['n', []]]) }, ['map n is new']],
    ['a page', { pages: new Map([['503', 'y']]) }, ['page 503 changed']],
    [
      'a list more',
      { certificateLists: new Map([...base.certificateLists, ['k', ['c']]]) },
      ['certificate list k is new'],
    ],
    [
      'another default certificate',
      { certificateLists: new Map([['l', ['{{RUN}}/certs/b.pem b.example']]]) },
      ['certificate list l has another default'],
    ],
    [
      'a certificate that the command socket cannot carry',
      { certificates: new Map([['a', 'x'.repeat(20_000)]]) },
      ['certs/a is longer than 15000 bytes'],
    ],
  ];
  it.each(cases)('%s', (_, difference, expected) => {
    expect(diff(base, { ...base, ...difference }, RUN).reload).toEqual(expected);
  });
});

describe('what changes nothing', () => {
  it.each<[string, ProxyConfig]>([
    ['the same object', base],
    ['the same made anew', structuredClone(base)],
    ['other addresses of the host', { ...base, addresses: ['192.0.2.1'] }],
  ])('%s', (_, next) => {
    const { reload, steps } = diff(base, next, RUN);
    expect([reload, steps]).toEqual([[], []]);
  });
});

describe('states of servers ahead of a reload', () => {
  it('are those wanted, of servers that are there', () => {
    const wanted = {
      ...base,
      frontends: new Map(),
      ...pools(withServer(withServer(pool, 8001, { up: false }), 8003, {})),
    };
    const ahead = withServerStates(base, wanted);
    expect(ahead.frontends).toBe(base.frontends);
    expect([...ahead.backends.get('p_1')!.servers]).toEqual([
      ['127.0.0.1:8001', server(8001, { up: false })],
      ['127.0.0.1:8002', server(8002)],
    ]);
  });

  it('take servers out of service that are to go', () => {
    const ahead = withServerStates(base, { ...base, ...pools(withServer(pool, 8002, null)) });
    expect(ahead.backends.get('p_1')!.servers.get('127.0.0.1:8002')!.up).toBe(false);
  });

  it('are the same object where none differs', () => {
    expect(withServerStates(base, { ...base, base: 'global' })).toBe(base);
  });
});
