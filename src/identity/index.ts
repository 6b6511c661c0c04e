/** Who may use the gateway: users, tokens, policy. */
export { type AdminPassword, chooseAdminPassword } from './admin-password.js';
export type { Authenticate, RequestFacts } from './authenticate.js';
export { noneCaller, socketCaller } from './callers.js';
export { errorHeaders, RetryLater } from './errors.js';
export { loadTokenKeys, type TokenKeys } from './keys.js';
export { KEYSTONE_DEFAULTS, type KeystoneSettings } from './keystone.js';
export { firstStart, isFirstStart } from './operations/first-start.js';
export { Passwords } from './passwords.js';
export { type Action, authorize, canSeeProject, isGlobal, may } from './policy.js';
export { redact, SECRET_HEADERS } from './redact.js';
export { createIdentity, type IdentityParts, type IdentityService } from './service.js';
export { IDENTITY_DEFAULTS, type IdentitySettings } from './settings.js';
