import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { errorHeaders, RetryLater, unauthorized } from './errors.js';
import { KEYSTONE_DEFAULTS } from './keystone.js';
import { createIdentity } from './service.js';
import { IDENTITY_DEFAULTS, type IdentitySettings } from './settings.js';
import { cheapPasswords } from './testing/logins.js';
import { SHOP, stateWith, tokenFor } from './testing/people.js';

const state = stateWith([{ project: SHOP, role: 'member' }]);

function service(settings: Partial<IdentitySettings> = {}) {
  return createIdentity({
    settings: { ...IDENTITY_DEFAULTS, ...settings },
    state: () => state,
    keys: { current: randomBytes(32), previous: null },
    stateDir: '/nonexistent',
    passwords: cheapPasswords(),
    now: () => 5000,
  });
}

describe('the identity service', () => {
  it('lets no token without a role near the API, but near identity', async () => {
    const identity = service();
    const ask = (scope: Parameters<typeof tokenFor>[0]) => ({
      headers: { 'x-auth-token': identity.login.tokens.sign(tokenFor(scope)) },
      address: '192.0.2.1',
    });
    const unscoped = ask({ scope: { kind: 'unscoped' } });
    await expect(identity.authenticate(unscoped)).rejects.toMatchObject({ code: 'permission_denied', status: 403 });
    expect(await identity.identify(unscoped)).toMatchObject({ project: null, roles: [] });
    expect(await identity.authenticate(ask({}))).toMatchObject({ project: { id: SHOP.id }, roles: ['member'] });
  });

  it.each<[string, Partial<IdentitySettings>, string | undefined]>([
    ['wherever they were', {}, undefined],
    ['its public name', { public_url: 'https://lb.example.com' }, 'https://lb.example.com/identity'],
    [
      'the Keystone that is asked',
      { auth: 'keystone', keystone: { ...KEYSTONE_DEFAULTS, auth_url: 'https://ks/v3', username: 'x', password: 'x' } },
      'https://ks/v3',
    ],
  ])('sends clients without a token to %s', (_sentence, settings, url) => {
    expect(service(settings).authUrl).toBe(url);
  });

  it('asks for the settings of Keystone where that is to be asked', () => {
    expect(() => service({ auth: 'keystone' })).toThrow('api.keystone is missing');
  });
});

describe('headers of refusals', () => {
  it.each([
    ['no valid credentials', unauthorized(), { 'www-authenticate': 'Keystone uri="http://gw/identity"' }],
    ['too many attempts', new RetryLater(429, 'x', 7), { 'retry-after': '7' }],
    ['nobody to ask', new RetryLater(503, 'x', 5), { 'retry-after': '5' }],
  ])('%s', (_sentence, error, headers) => {
    expect(errorHeaders(error, 'http://gw/identity')).toEqual(headers);
  });
});
