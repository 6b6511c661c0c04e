import { describe, expect, it } from 'vitest';
import { LISTENER_PROTOCOLS } from '../model/resources.js';
import { bodies, listenerTargetFault, policyUseFault, ruleUseFault } from './index.js';
import { faultsOf } from './testing/faults-of.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const policy = (fields: object) => ({ action: 'REJECT', listener_id: ID, ...fields });
const rule = (fields: object) => ({ type: 'PATH', compare_type: 'EQUAL_TO', value: '/', ...fields });

describe('policies', () => {
  it.each<[what: string, fields: object, fault: string]>([
    ['a URL that goes nowhere', { action: 'REDIRECT_TO_URL' }, 'l7policy: redirect_url is missing'],
    ['a pool nobody named', { action: 'REDIRECT_TO_POOL' }, 'l7policy: redirect_pool_id is missing'],
    [
      'a URL that is not followed',
      { redirect_url: 'http://a/' },
      'redirect_url does not fit the action REJECT; leave it out, or write action: REDIRECT_TO_URL',
    ],
    ['a code without a redirect', { redirect_http_code: 301 }, 'redirect_http_code does not fit the action REJECT'],
    [
      'a code that is no redirect',
      { action: 'REDIRECT_PREFIX', redirect_prefix: 'http://a', redirect_http_code: 200 },
      '200 is not a known value',
    ],
    ['a URL without a host', { action: 'REDIRECT_TO_URL', redirect_url: '/b' }, '"/b" is not a URL'],
    ['a listener nobody named', { action: 'REDIRECT_TO_LISTENER' }, 'l7policy: redirect_listener_id is missing'],
    [
      'a listener that is not gone to',
      { redirect_listener_id: ID },
      'redirect_listener_id does not fit the action REJECT',
    ],
    ['a URL for something else', { action: 'REDIRECT_TO_URL', redirect_url: 'javascript:alert(1)' }, 'is not a URL'],
    ['position 0', { position: 0 }, '0 is out of range'],
  ])('refuse %s', (_, fields, fault) => {
    expect(faultsOf(bodies.l7policy.create, policy(fields))).toEqual([expect.stringContaining(fault)]);
  });

  it.each<[what: string, fields: object, code: number | null]>([
    ['to a URL is found for now', { action: 'REDIRECT_TO_URL', redirect_url: 'http://a/' }, 302],
    ['to a listener is for good', { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: ID }, 301],
    ['says so itself', { action: 'REDIRECT_TO_LISTENER', redirect_listener_id: ID, redirect_http_code: 307 }, 307],
  ])('a redirect %s', (_, fields, code) => {
    expect(bodies.l7policy.create.read(policy(fields)).redirect_http_code).toBe(code);
  });

  it('send clients to other listeners that end TLS', () => {
    expect(listenerTargetFault('TERMINATED_HTTPS', false)).toBeUndefined();
    expect(listenerTargetFault('TERMINATED_HTTPS', true)?.message).toBe('clients would be sent in circles');
    expect(listenerTargetFault('HTTP', false)?.message).toBe('an HTTP listener is not one to be redirected to');
  });

  it.each(LISTENER_PROTOCOLS)('need to see requests: %s', (protocol) => {
    expect(policyUseFault(protocol) === undefined).toBe(['HTTP', 'TERMINATED_HTTPS'].includes(protocol));
  });
});

describe('rules', () => {
  it.each<[what: string, fields: object]>([
    ['a header', { type: 'HEADER', key: 'X-A', value: 'b' }],
    ['a regular expression', { compare_type: 'REGEX', value: '^/(a|b)' }],
    ['one that JavaScript does not know', { compare_type: 'REGEX', value: '(?i)/a++' }],
    ['all hosts of a domain', { type: 'HOST_NAME', value: '*.example.com' }],
    ['an address as a host', { type: 'HOST_NAME', value: '[2001:db8::1]' }],
    ['the end of a host', { type: 'HOST_NAME', compare_type: 'ENDS_WITH', value: '.example.com' }],
    ['the end of a path', { compare_type: 'ENDS_WITH', value: '.jpg' }],
    ['a file type', { type: 'FILE_TYPE', value: 'jpg' }],
    ['a certificate', { type: 'SSL_CONN_HAS_CERT', value: 'true' }],
    ['a field of a certificate', { type: 'SSL_DN_FIELD', key: 'CN', value: 'a' }],
  ])('accept %s', (_, fields) => {
    expect(faultsOf(bodies.l7rule.create, rule(fields))).toEqual([]);
  });

  it.each<[what: string, fields: object, fault: string]>([
    ['a header without a name', { type: 'HEADER' }, 'rule: key is missing; add key: HEADER rules need it'],
    ['a name where none is used', { key: 'a' }, 'key: PATH rules have no key'],
    ['a name that is none', { type: 'COOKIE', key: 'a b' }, 'key: "a b" is not accepted'],
    [
      'part of a file type',
      { type: 'FILE_TYPE', compare_type: 'CONTAINS', value: 'jp' },
      'compare_type: FILE_TYPE is not compared by CONTAINS',
    ],
    [
      'half a regular expression',
      { compare_type: 'REGEX', value: '(a' },
      'value: "(a" is not a regular expression: at "(a": nothing closes it',
    ],
    [
      'a host with a port',
      { type: 'HOST_NAME', value: 'example.com:8080' },
      '"example.com:8080" has a port, which is not compared; write example.com',
    ],
    [
      'a star in a host',
      { type: 'HOST_NAME', value: 'www.*.com' },
      '"www.*.com" is not a host name; write a host such as www.example.com, or *.example.com',
    ],
    ['a host in letters of its own', { type: 'HOST_NAME', value: 'bücher.example' }, 'write it in Punycode'],
    ['a slash in a host', { type: 'HOST_NAME', compare_type: 'CONTAINS', value: 'a/b' }, 'no host has "a/b" in it'],
    ['a path without a slash', { value: 'shop' }, 'no path is "shop"; write "/shop"'],
    ['a path with a query', { value: '/shop?a=1' }, '"/shop?a=1" has more than a path; leave out ? and the query'],
    ['a path with a space', { value: '/a b' }, '"/a b" is not what clients send; write %20 for a space'],
    ['a file type with its dot', { type: 'FILE_TYPE', value: '.jpg' }, 'no file type is ".jpg"'],
    ['no certificate', { type: 'SSL_CONN_HAS_CERT', value: 'false' }, 'write true, and invert: true for false'],
    ['a result that is no number', { type: 'SSL_VERIFY_RESULT', value: 'ok' }, 'ok is not a result'],
    ['nothing to compare with', { value: '' }, 'value: is empty'],
  ])('refuse %s', (_, fields, fault) => {
    expect(faultsOf(bodies.l7rule.create, rule(fields))).toEqual([expect.stringContaining(fault)]);
  });

  it('about certificates need a listener that asks for them', () => {
    expect(ruleUseFault('HTTP', 'SSL_DN_FIELD')?.message).toBe('an HTTP listener sees no certificates of clients');
    expect(ruleUseFault('TERMINATED_HTTPS', 'SSL_DN_FIELD')).toBeUndefined();
    expect(ruleUseFault('HTTP', 'HEADER')).toBeUndefined();
  });
});
