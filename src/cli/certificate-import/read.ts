/** Finds out by content what a file is, and takes out of it what belongs to certificates. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readDer } from '../../certificates/der.js';
import { type DerKind, identify } from '../../certificates/identify.js';
import { type PemBlock, readPem } from '../../certificates/pem.js';
import { emptyMaterial, type From, type Material, type Passphrase, unusable, wrongPassphrase } from './material.js';

/** Far above any bundle of authorities. */
const MAX_BYTES = 8 << 20;

/** @throws SluiceError `invalid_configuration` that says what the file is instead, and what to do with it */
export async function readMaterial(file: string, bytes: Buffer, passphrase: Passphrase): Promise<Material> {
  const material = emptyMaterial();
  if (bytes.length > MAX_BYTES) {
    throw unusable(file, `it has ${bytes.length.toLocaleString('en')} bytes, which is too much for certificates`);
  }
  const text = textOf(bytes);
  if (/-----\s*BEGIN/i.test(text)) {
    await readBlocks(file, text, material, passphrase);
  } else {
    await readBytes(file, fromBase64(text) ?? bytes, material, passphrase);
  }
  return material;
}

/** Text of any encoding that editors write. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return bytes.subarray(2).toString('utf16le');
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) {
    return Buffer.from(bytes.subarray(2)).swap16().toString('utf16le');
  }
  return bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
}

/** Base64 without markers, as some authorities send it. */
function fromBase64(text: string): Buffer | undefined {
  const squeezed = text.replace(/\s/g, '');
  return squeezed !== '' && /^[A-Za-z0-9+/]+={0,2}$/.test(squeezed) ? Buffer.from(squeezed, 'base64') : undefined;
}

async function readBlocks(file: string, text: string, material: Material, passphrase: Passphrase): Promise<void> {
  const { blocks, problems } = readPem(text, 'CERTIFICATE');
  if (problems.length > 0) {
    throw unusable(file, problems.map(({ message, suggestion }) => `${message}; ${suggestion}`).join('\n  '));
  }
  for (const block of blocks) {
    await readBlock(file, block, material, passphrase);
  }
}

/** Labels that say no more than what the bytes say themselves. */
const PLAIN: ReadonlySet<string> = new Set([
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'X509 CRL',
  'PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'PKCS7',
  'PKCS #7 SIGNED DATA',
  'CMS',
  'PKCS12',
  'CERTIFICATE REQUEST',
  'NEW CERTIFICATE REQUEST',
  'PUBLIC KEY',
]);

async function readBlock(file: string, block: PemBlock, material: Material, passphrase: Passphrase): Promise<void> {
  const { label, bytes, text, encrypted } = block;
  if (encrypted) {
    material.keys.push({ file, value: decryptPem(file, text, await passphrase()) });
  } else if (PLAIN.has(label)) {
    await readBytes(file, bytes, material, passphrase);
  } else if (label === 'TRUSTED CERTIFICATE') {
    // The certificate, and behind it what openssl thinks of it.
    material.certificates.push({ file, value: readDer(bytes)?.raw ?? bytes });
  } else if (label === 'OPENSSH PRIVATE KEY') {
    throw unusable(file, 'it is a key of SSH; name the file with the key that the certificate was made for');
  } else if (!label.endsWith('PARAMETERS')) {
    material.notes.push(`${file}: left out a block of ${label}`);
  }
}

/** A key that openssl has encrypted in its old way. */
function decryptPem(file: string, text: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: text, passphrase });
  } catch (error) {
    throw wrongPassphrase(file, error);
  }
}

async function readBytes(file: string, bytes: Buffer, material: Material, passphrase: Passphrase): Promise<void> {
  const kind = identify(bytes);
  if (kind !== undefined) {
    await READERS[kind](file, bytes, material, passphrase);
    return;
  }
  const { canonical } = await import('./containers.js');
  const der = canonical(bytes);
  const known = der && identify(der);
  if (!known) {
    throw unusable(file, whatElse(bytes));
  }
  await READERS[known](file, der, material, passphrase);
}

type Reader = (file: string, bytes: Buffer, material: Material, passphrase: Passphrase) => Promise<void> | void;

const READERS: Readonly<Record<DerKind, Reader>> = {
  certificate: (file, value, { certificates }) => void certificates.push({ file, value }),
  crl: (file, value, { revocations }) => void revocations.push({ file, value }),
  request: (file, _bytes, { notes }) => void notes.push(`${file}: left out a signing request`),
  'public-key': (file, _bytes, { notes }) => void notes.push(`${file}: left out a public key`),
  pkcs8: (file, bytes, { keys }) => void keys.push(keyFrom(file, bytes, 'pkcs8')),
  pkcs1: (file, bytes, { keys }) => void keys.push(keyFrom(file, bytes, 'pkcs1')),
  sec1: (file, bytes, { keys }) => void keys.push(keyFrom(file, bytes, 'sec1')),
  'encrypted-pkcs8': async (file, bytes, { keys }, passphrase) => {
    const { decryptPkcs8 } = await import('./containers.js');
    keys.push({ file, value: decryptPkcs8(file, bytes, await passphrase()) });
  },
  pkcs7: async (file, bytes, { certificates, revocations }) => {
    const { readPkcs7 } = await import('./containers.js');
    const found = readPkcs7(bytes);
    certificates.push(...found.certificates.map((value) => ({ file, value })));
    revocations.push(...found.revocations.map((value) => ({ file, value })));
  },
  pkcs12: async (file, bytes, { certificates, keys }, passphrase) => {
    const { readPfx } = await import('./containers.js');
    // Many have none.
    const found = readPfx(file, bytes, '') ?? readPfx(file, bytes, await passphrase());
    if (!found) {
      throw wrongPassphrase(file);
    }
    certificates.push(...found.certificates.map((value) => ({ file, value })));
    keys.push(...found.keys.map((value) => ({ file, value })));
  },
};

function keyFrom(file: string, key: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1'): From<KeyObject> {
  try {
    return { file, value: createPrivateKey({ key, format: 'der', type }) };
  } catch (error) {
    throw unusable(file, 'the private key is damaged, or of a kind that nobody uses', error);
  }
}

/** What a file is that holds no certificate. */
function whatElse(bytes: Buffer): string {
  const magic = bytes.subarray(0, 4).toString('hex');
  if (magic === 'feedfeed' || magic === 'cececece') {
    return 'it is a key store of Java; make a PFX of it with `keytool -importkeystore -srckeystore FILE -destkeystore new.pfx -deststoretype PKCS12`';
  }
  if (magic === '504b0304') {
    return 'it is a ZIP archive; unpack it and name the files in it';
  }
  return bytes.length === 0
    ? 'it is empty'
    : 'it is neither PEM nor DER, P7B or PFX; name files with certificates and keys';
}
