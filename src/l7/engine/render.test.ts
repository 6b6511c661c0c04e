import { describe, expect, it } from 'vitest';
import { endpoint, parseConfig, renderConfig } from './render.js';
import { backend, configOf, server, withServer } from './testing/configs.js';

const RUN = '/run/sluice/proxy-g1';
const config = configOf({
  base: 'global\n  chroot {{RUN}}/jail\ndefaults\n  mode http',
  frontends: new Map([['l_1', 'frontend l_1\n  bind 192.0.2.1:443 ssl crt-list {{RUN}}/lists/l_1.list']]),
  backends: new Map([
    ['p_1', withServer(backend('p_1', [8001, 8002]), 8001, { up: false, weight: 256, options: 'ssl verify none' })],
    ['t_1', { text: 'backend t_1\n  stick-table type ip size 1k', dynamic: false, servers: new Map() }],
  ]),
  variables: new Map([['limit', 100]]),
});

describe('haproxy.cfg', () => {
  it('has every part under its mark, with the run directory put in', () => {
    const text = renderConfig(config, RUN);
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '#: base',
      '#: variables',
      '#: frontend l_1',
      '#: backend p_1 dynamic',
      '#: backend t_1',
    ]);
    expect(text).toContain(`  chroot ${RUN}/jail\n`);
    expect(text).toContain('global\n  set-var proc.limit int(100)\n');
    expect(text).toMatch(/^ {2}server 127.0.0.1:8001 127.0.0.1:8001 id \d+ weight 256 disabled ssl verify none$/m);
    expect(text).toMatch(/^ {2}server 127.0.0.1:8002 127.0.0.1:8002 id \d+ weight 1$/m);
  });

  it('reads back as what it was made of, without the ids of members', () => {
    const { base, frontends, backends, variables } = config;
    const withoutMembers = [...backends].map(([name, what]) => {
      const servers = [...what.servers].map(([key, value]) => [key, { ...value, memberId: '' }] as const);
      return [name, { ...what, servers: new Map(servers) }] as const;
    });
    const read = parseConfig(renderConfig(config, RUN), RUN);
    expect(read).toEqual({ base, frontends, backends: new Map(withoutMembers), variables });
  });

  it('of somebody else is none of ours', () => {
    expect(parseConfig('global\n  daemon\n', RUN)).toBeUndefined();
  });

  it('has IPv6 addresses in brackets', () => {
    expect(endpoint(server(80, { address: '2001:db8::1' }))).toBe('[2001:db8::1]:80');
    const servers = new Map([['m', server(80, { address: '2001:db8::1' })]]);
    const six = configOf({ backends: new Map([['p_6', { ...backend('p_6', []), servers }]]) });
    const read = parseConfig(renderConfig(six, RUN), RUN);
    expect(read?.backends.get('p_6')?.servers.get('m')).toMatchObject({ address: '2001:db8::1', port: 80 });
  });
});
