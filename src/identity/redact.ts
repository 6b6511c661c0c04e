/** Takes secrets out of what is logged or kept in the audit. */

const HIDDEN = '***';
/** Names of fields that hold a secret, whatever object they are in. */
const SECRET_NAMES =
  /^(.*password(_hash)?|adminpass|secret(_hash)?|.*passphrase|private_key|tls_key|pkcs12|pfx|authorization|(x-)?(auth|subject)[-_]token|access_token|refresh_token|api_key|cookie|set-cookie)$/i;
/** A key in PEM form, wherever it is: in a certificate bundle, in a description by mistake. */
const PEM_KEY = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g;
/** Where certificates belong, whose PEM is public; a key may have been written there by mistake, and without its markers. */
const PEM_NAMES = /^(certificate|chain)$/i;
const PUBLIC_PEM = /-----BEGIN (CERTIFICATE|X509 CRL)-----[\s\S]*?-----END \1-----/g;
const SECRET_TEXT = /[\w+/-]{40}/;
/** Our own tokens, wherever they are. */
const TOKEN = /\bs1\.[\w-]{20,}\.[\w-]{43}/g;
/** Far deeper than any body that is accepted. */
const MAX_DEPTH = 40;

/** Headers that must not be logged, in lower case. */
export const SECRET_HEADERS = ['authorization', 'cookie', 'set-cookie', 'x-auth-token', 'x-subject-token'] as const;

/**
 * A copy of a body in which every secret reads `***`: fields with a secret's name, private keys and tokens inside texts, and the
 * token of a login by token. What is not JSON (functions, symbols) is left out.
 */
export function redact(body: unknown): unknown {
  return copy(body, 0);
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    return value.replace(PEM_KEY, HIDDEN).replace(TOKEN, HIDDEN);
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
  }
  if (depth > MAX_DEPTH) {
    return HIDDEN;
  }
  if (Array.isArray(value)) {
    return value.map((item) => copy(item, depth + 1));
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyField(name, inner, depth)]));
}

function copyField(name: string, value: unknown, depth: number): unknown {
  if (isSecret(name, value)) {
    return HIDDEN;
  }
  const copied = copy(value, depth + 1);
  const holdsToken = name === 'token' && typeof copied === 'object' && copied !== null && 'id' in copied;
  return holdsToken ? { ...copied, id: HIDDEN } : copied;
}

/** `password` names the method of a login as well, whose user is worth knowing. Null is no secret. */
function isSecret(name: string, value: unknown): boolean {
  const isLogin = name === 'password' && typeof value === 'object' && value !== null && 'user' in value;
  return (SECRET_NAMES.test(name) && value !== null && !isLogin) || isMisplaced(name, value);
}

function isMisplaced(name: string, value: unknown): boolean {
  return typeof value === 'string' && PEM_NAMES.test(name) && SECRET_TEXT.test(value.replace(PUBLIC_PEM, ''));
}
