/** Certificates: checks on upload, references, expiry. */
export { checkUpload } from './check.js';
export { isSignedBy } from './crl.js';
export { EXPIRY_DAYS, type Expiry, ExpiryWatch, expiriesOf, millisecondsOf } from './expiry.js';
export {
  type CertificateUser,
  certificateIdOf,
  certificateOf,
  describeUsers,
  type Reference,
  referencesOfListener,
  referencesOfPool,
  usersOf,
} from './references.js';
export { readLeafKey } from './server.js';
export type { Checked, Upload } from './upload.js';
export { warningsOf } from './warnings.js';
