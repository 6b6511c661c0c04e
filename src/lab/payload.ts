/** Bytes that both ends of a connection can make from a seed: never repeating, so that a lost or doubled segment shows. */
import { createCipheriv, createHash } from 'node:crypto';

const CHUNK = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK);

/** The first `length` bytes that belong to the seed, in pieces of at most 64 KiB. */
export function* payload(length: number, seed: string): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  for (let left = length; left > 0; left -= CHUNK) {
    yield cipher.update(left < CHUNK ? ZEROS.subarray(0, left) : ZEROS);
  }
}

/** SHA-256 of payload(), hexadecimal. */
export function payloadHash(length: number, seed: string): string {
  const hash = createHash('sha256');
  for (const chunk of payload(length, seed)) hash.update(chunk);
  return hash.digest('hex');
}
