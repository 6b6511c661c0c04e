/** The identity service of a daemon: what the API needs to know who asks. */
import { SluiceError } from '../model/errors.js';
import type { Caller } from '../model/identity.js';
import type { State } from '../model/state.js';
import { type Authenticate, identityAuthenticator, keystoneAuthenticator, openAuthenticator } from './authenticate.js';
import { Brake } from './brake.js';
import type { TokenKeys } from './keys.js';
import { KeystoneClient } from './keystone.js';
import type { LoginContext } from './login.js';
import { Passwords } from './passwords.js';
import type { IdentitySettings } from './settings.js';
import { Tokens } from './tokens.js';

export interface IdentityParts {
  settings: IdentitySettings;
  /** The state in force. */
  state: () => State;
  keys: TokenKeys;
  /** Holds `token.key`. */
  stateDir: string;
  passwords?: Passwords;
  /** ms since the epoch. */
  now?: () => number;
}

export interface IdentityService {
  readonly settings: IdentitySettings;
  /** Where tokens come from, for clients that have none; absent: this gateway, under the name the client used. */
  readonly authUrl?: string;
  /**
   * Who sends a request to the API. A caller without a role gets no further.
   * @throws SluiceError `unauthorized`, `permission_denied`; RetryLater 429 or 503
   */
  authenticate: Authenticate;
  /** As {@link authenticate}, for identity's own routes: tokens without a project may use those. */
  identify: Authenticate;
  /** For the routes that log in and look into tokens. */
  readonly login: LoginContext;
  /** A new key signs tokens from now on; those of the key so far stay good until they expire. */
  rotateKeys(): Promise<void>;
}

export function createIdentity(parts: IdentityParts): IdentityService {
  const { settings, state, now = Date.now } = parts;
  const tokens = new Tokens(parts.keys);
  const login: LoginContext = {
    state,
    tokens,
    now,
    passwords: parts.passwords ?? new Passwords(),
    brake: new Brake({ now }),
    tokenLifetime: settings.token_lifetime,
  };
  const identify = identifier(settings, login);
  return {
    settings,
    ...authUrl(settings),
    identify,
    authenticate: async (request) => withRole(await identify(request)),
    login,
    rotateKeys: () => tokens.rotate(parts.stateDir),
  };
}

function authUrl({ keystone, public_url }: IdentitySettings): { authUrl?: string } {
  if (keystone) {
    return { authUrl: keystone.auth_url };
  }
  return public_url === null ? {} : { authUrl: `${public_url}/identity` };
}

function identifier({ auth, keystone }: IdentitySettings, login: LoginContext): Authenticate {
  switch (auth) {
    case 'identity':
      return identityAuthenticator(login);
    case 'keystone':
      if (!keystone) {
        throw new SluiceError('invalid_configuration', 'api.keystone is missing; api.auth: keystone needs it');
      }
      return keystoneAuthenticator(new KeystoneClient(keystone, login.now));
    case 'none':
      return openAuthenticator(login.state);
  }
}

/** Without a project, operations take a caller for the operator: whoever holds no role must not come so far. */
function withRole(caller: Caller): Caller {
  if (caller.roles.length === 0) {
    throw new SluiceError(
      'permission_denied',
      `user "${caller.user.name}" asks without a role in a project; ask for a token of a project, or set the user's default project`,
    );
  }
  return caller;
}
