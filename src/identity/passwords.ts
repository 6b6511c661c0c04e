/** Passwords and secrets, kept as scrypt hashes (RFC 7914). */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { Admission } from './admission.js';

/** Cost of one hash: memory is 128 * N * r bytes, time grows with p. */
export interface Cost {
  /** A power of two. */
  N: number;
  r: number;
  p: number;
}

/** 32 MiB and about a quarter of a second: OWASP's recommendation for that memory. */
const COST: Cost = { N: 1 << 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Hashes run in libuv's pool of four threads, which file access needs as well. */
const CONCURRENT = 2;
const WAITING = 64;

export class Passwords {
  readonly #cost: Cost;
  readonly #admission: Admission;
  /** What is compared when there is no hash, so that it takes as long as if there were one. */
  readonly #decoy: string;

  constructor(options: { cost?: Cost; concurrent?: number; waiting?: number } = {}) {
    this.#cost = options.cost ?? COST;
    this.#admission = new Admission(options.concurrent ?? CONCURRENT, options.waiting ?? WAITING);
    this.#decoy = format(this.#cost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
  }

  /** `scrypt$N$r$p$salt$hash` with a salt of its own, base64. @throws RetryLater 503 */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#admission.run(() => derive(password, salt, this.#cost));
    return format(this.#cost, salt, hash);
  }

  /**
   * Whether a password is the one that was hashed; the hash brings its own cost.
   * @param stored undefined, '' or anything else that is no hash is nobody's: false, but not sooner than for a wrong password
   * @param turn what is to happen when it is this attempt's turn, and before the next one has its
   * @throws RetryLater 503, and what `turn.before` throws
   */
  async verify(password: string, stored: string | undefined, turn: Partial<Turn> = {}): Promise<boolean> {
    const known = stored ? parse(stored) : undefined;
    const { cost, salt, hash } = known ?? parse(this.#decoy)!;
    return await this.#admission.run(async () => {
      turn.before?.();
      const right = timingSafeEqual(await derive(password, salt, cost), hash) && known !== undefined;
      turn.after?.(right);
      return right;
    });
  }
}

/** What surrounds the comparison of a password. */
export interface Turn {
  /** Throws to call it off before anything is hashed. */
  before: () => void;
  after: (right: boolean) => void;
}

function format({ N, r, p }: Cost, salt: Buffer, hash: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Undefined for what is no hash: a shorter one would be easier to meet, an empty one by every password. */
function parse(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } | undefined {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([^$]+)\$([^$]+)$/.exec(stored);
  const hash = Buffer.from(match?.[5] ?? '', 'base64');
  if (!match || hash.length !== HASH_BYTES) {
    return undefined;
  }
  const [N, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  return { cost: { N, r, p }, salt: Buffer.from(match[4]!, 'base64'), hash };
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  // The same characters can be typed as different code points, depending on the keyboard (RFC 8265).
  const text = password.normalize('NFC');
  // Node refuses to use more memory than maxmem; twice the algorithm's own need leaves room for its bookkeeping.
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
