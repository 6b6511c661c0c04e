/**
 * Reads one HTTP/1.x response as far as a health check needs it: the status, and where the body ends. What arrives is a stranger's,
 * so everything is bounded: 16 KB of headers, 64 KB of body.
 */

const HEAD_LIMIT = 16_384;
/** A body counts as complete after this many bytes, so that an endless one is no burden. */
export const BODY_LIMIT = 65_536;
const LINE_LIMIT = 4096;
/** Of everything together: whoever sends trailers or interim answers without end is cut off here. */
const TOTAL_LIMIT = 2 * BODY_LIMIT;

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?:[ \t][^\r\n]*)?\r?\n/;
const START = 'HTTP/1.';
const HEAD_END = /\r?\n\r?\n/;
const CHUNKED = /^transfer-encoding:[^\r\n]*\bchunked[ \t]*\r?$/im;
const LENGTH = /^content-length:[ \t]*(\d+)[ \t]*\r?$/im;
const CHUNK_SIZE = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i;

type Phase = 'head' | 'length' | 'chunk size' | 'chunk' | 'trailer' | 'until close' | 'complete' | 'garbled';

export class HttpAnswer {
  /** 0 until the headers have come; interim answers (100 to 199) are skipped. */
  status = 0;
  #phase: Phase = 'head';
  /** Came and not taken in yet, a byte for each character. */
  #text = '';
  /** Bytes of the body or of the chunk that are to come. */
  #left = 0;
  #body = 0;
  #total = 0;

  /** @param method of the request: after HEAD there is no body, whatever the headers say */
  constructor(private readonly method: string) {}

  get complete(): boolean {
    return this.#phase === 'complete';
  }

  /** It is not HTTP/1.x. */
  get garbled(): boolean {
    return this.#phase === 'garbled';
  }

  /** What did not make sense, to be shown. */
  get excerpt(): string {
    return this.#text;
  }

  feed(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    while (this.#step());
    this.#total += bytes.length;
    if (this.#total > TOTAL_LIMIT && !this.garbled) {
      this.#become(this.status === 0 ? 'garbled' : 'complete');
    }
  }

  /** The member closed the connection: that may be the end of the body. */
  close(): void {
    if (this.#phase === 'until close') {
      this.#phase = 'complete';
    }
  }

  /** Takes in what it can; false when more has to come first, or nothing. */
  #step(): boolean {
    switch (this.#phase) {
      case 'head':
        return this.#takeHead();
      case 'length':
      case 'until close':
        return this.#takeBody('complete');
      case 'chunk':
        return this.#takeBody('chunk size');
      case 'chunk size':
        return this.#takeChunkSize();
      case 'trailer':
        return this.#takeTrailer();
      default:
        return false;
    }
  }

  #takeHead(): boolean {
    const end = HEAD_END.exec(this.#text);
    if (!end) {
      const begins = START.startsWith(this.#text.slice(0, START.length));
      return begins && this.#text.length <= HEAD_LIMIT ? false : this.#become('garbled');
    }
    const head = this.#text.slice(0, end.index + end[0].length);
    const status = Number(STATUS_LINE.exec(head)?.[1] ?? 0);
    if (status < 100 || head.length > HEAD_LIMIT) {
      return this.#become('garbled');
    }
    this.#text = this.#text.slice(head.length);
    if (status < 200 && status !== 101) {
      return true;
    }
    this.status = status;
    return this.#become(this.#framing(head));
  }

  /** RFC 9112, 6.3. */
  #framing(head: string): Phase {
    const tunnel = this.method === 'CONNECT' && this.status < 300;
    if (this.method === 'HEAD' || tunnel || this.status === 101 || this.status === 204 || this.status === 304) {
      return 'complete';
    }
    if (CHUNKED.test(head)) {
      return 'chunk size';
    }
    const length = LENGTH.exec(head);
    this.#left = length ? Number(length[1]) : Number.POSITIVE_INFINITY;
    if (this.#left === 0) {
      return 'complete';
    }
    return length ? 'length' : 'until close';
  }

  #takeBody(next: Phase): boolean {
    const taken = Math.min(this.#left, this.#text.length);
    this.#text = this.#text.slice(taken);
    this.#left -= taken;
    this.#body += taken;
    if (this.#body >= BODY_LIMIT) {
      return this.#become('complete');
    }
    return this.#left === 0 ? this.#become(next) : false;
  }

  #takeChunkSize(): boolean {
    const line = this.#line();
    if (line === undefined) {
      return false;
    }
    const size = CHUNK_SIZE.exec(line);
    if (!size) {
      return this.#become('garbled');
    }
    const bytes = Number.parseInt(size[1]!, 16);
    this.#left = bytes + 2; // with the end of line behind it
    return this.#become(bytes === 0 ? 'trailer' : 'chunk');
  }

  #takeTrailer(): boolean {
    const line = this.#line();
    return line === '' ? this.#become('complete') : line !== undefined;
  }

  /** A line without its end; undefined when it has not come in full. */
  #line(): string | undefined {
    const end = this.#text.indexOf('\n');
    if (end > LINE_LIMIT || (end < 0 && this.#text.length > LINE_LIMIT)) {
      this.#become('garbled');
      return undefined;
    }
    if (end < 0) {
      return undefined;
    }
    const line = this.#text.slice(0, end).replace(/\r$/, '');
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  #become(phase: Phase): boolean {
    this.#phase = phase;
    return phase !== 'complete' && phase !== 'garbled';
  }
}
