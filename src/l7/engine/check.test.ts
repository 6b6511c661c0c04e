import { expect, it } from 'vitest';
import { complaintsOf } from './check.js';

const config = ['#: base', 'global', '  daemon', '#: frontend l_1', 'frontend l_1', '  bind :80', '  oops'].join('\n');

it.each([
  [
    "[ALERT]    (30540) : config : parsing [/run/p/haproxy.cfg:7] : unknown keyword 'oops' in 'frontend' section",
    ["frontend l_1: unknown keyword 'oops' in 'frontend' section"],
  ],
  [
    '[ALERT]    (1) : Binding [/run/p/haproxy.cfg:6] for frontend l_1: cannot bind socket (Address already in use) for [127.0.0.1:9001]',
    ['Binding for frontend l_1: cannot bind socket (Address already in use) for [127.0.0.1:9001]'],
  ],
  [
    "[ALERT]    (1) : config : Proxy 'l_1': unable to find required default_backend: 'p'.",
    ["Proxy 'l_1': unable to find required default_backend: 'p'."],
  ],
  ['[ALERT]    (1) : config : Error(s) found in configuration file : /run/p/haproxy.cfg', []],
  ['[ALERT]    (1) : config : Fatal errors found in configuration.', []],
  ['[WARNING]  (1) : Loading failure!', []],
])('%s', (line, expected) => {
  expect(complaintsOf(`[NOTICE]   (1) : New\n${line}\n`, config)).toEqual(expected);
});
