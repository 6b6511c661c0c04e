/** PFX and P7B files. Their bags are read by a library; keys and certificates in them by node, which knows every kind of key. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { childrenOf, readDer } from '../../certificates/der.js';
import { unusable, wrongPassphrase } from './material.js';

/** BER as DER: files of Windows have lengths that DER does not. Undefined: it is neither. */
export function canonical(bytes: Buffer): Buffer | undefined {
  try {
    return bytesOf(asn1Of(bytes));
  } catch {
    return undefined;
  }
}

/** Certificates and revocation lists of PKCS#7 signed data, as DER (RFC 5652, 5.1). */
export function readPkcs7(bytes: Buffer): { certificates: Buffer[]; revocations: Buffer[] } {
  const [, content] = childrenOf(readDer(bytes));
  const parts = childrenOf(childrenOf(content)[0]);
  const within = (tag: number) => childrenOf(parts.find((part) => part.tag === tag)).map(({ raw }) => raw);
  return { certificates: within(0xa0), revocations: within(0xa1) };
}

export interface Pfx {
  certificates: Buffer[];
  keys: KeyObject[];
}

/** @returns undefined when the passphrase is wrong. @throws SluiceError `invalid_configuration` when the file cannot be read */
export function readPfx(file: string, bytes: Buffer, passphrase: string): Pfx | undefined {
  const pfx = openPfx(file, bytes, passphrase);
  if (!pfx) {
    return undefined;
  }
  const bags = pfx.safeContents.flatMap(({ safeBags }) => safeBags);
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  return {
    certificates: bags.filter(({ type }) => type === certBag).flatMap((bag) => certificateOf(bag) ?? []),
    keys: bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag).map((bag) => keyOf(file, bag)),
  };
}

function openPfx(file: string, bytes: Buffer, passphrase: string): forge.pkcs12.Pkcs12Pfx | undefined {
  let asn1: forge.asn1.Asn1;
  try {
    asn1 = asn1Of(bytes);
  } catch (error) {
    throw unusable(file, 'the PFX file is cut off or damaged; copy it again', error);
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(asn1, false, passphrase);
  } catch (error) {
    const { message } = error as Error;
    if (/password|MAC/i.test(message)) {
      return undefined;
    }
    const why = `the PFX file cannot be read (${message}); write it anew with \`openssl pkcs12 -in OLD -nodes | openssl pkcs12 -export -out NEW\``;
    throw unusable(file, why, error);
  }
}

/** The library parses RSA certificates only, and leaves others as they are. */
function certificateOf({ cert, asn1 }: forge.pkcs12.Bag): Buffer | undefined {
  if (cert) {
    return bytesOf(forge.pki.certificateToAsn1(cert));
  }
  return asn1 ? bytesOf(asn1) : undefined;
}

function keyOf(file: string, { key, asn1 }: forge.pkcs12.Bag): KeyObject {
  try {
    return key
      ? createPrivateKey(forge.pki.privateKeyToPem(key))
      : createPrivateKey({ key: bytesOf(asn1), format: 'der', type: 'pkcs8' });
  } catch (error) {
    throw unusable(file, 'the key in the PFX file is of a kind that nobody uses', error);
  }
}

/** An encrypted PKCS#8 key; old ciphers by the library. @throws SluiceError `invalid_configuration` */
export function decryptPkcs8(file: string, bytes: Buffer, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8', passphrase });
  } catch (error) {
    const info = decryptByLibrary(bytes, passphrase);
    if (!info) {
      throw wrongPassphrase(file, error);
    }
    return createPrivateKey({ key: info, format: 'der', type: 'pkcs8' });
  }
}

function decryptByLibrary(bytes: Buffer, passphrase: string): Buffer | undefined {
  try {
    const info = forge.pki.decryptPrivateKeyInfo(asn1Of(bytes), passphrase) as forge.asn1.Asn1 | null;
    return info ? bytesOf(info) : undefined;
  } catch {
    return undefined;
  }
}

function asn1Of(bytes: Buffer): forge.asn1.Asn1 {
  // What is in bit strings may look like ASN.1 and is none.
  const options = { strict: true, parseAllBytes: false, decodeBitStrings: false };
  return forge.asn1.fromDer(bytes.toString('binary'), options as unknown as boolean);
}

function bytesOf(asn1: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}
