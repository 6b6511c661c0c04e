/** PEM (RFC 7468) as people have it: found wherever it is in a text, its faults told by line. */
import { readDer } from './der.js';
import { type DerKind, identify, KIND_NAMES } from './identify.js';

/** What is wrong with a text, and what to write instead. */
export interface Problem {
  message: string;
  suggestion: string;
}

export interface PemBlock {
  /** What stands behind BEGIN: `CERTIFICATE`. */
  label: string;
  bytes: Buffer;
  /** As it was written, from BEGIN to END. */
  text: string;
  /** Old headers of openssl say that it is encrypted (RFC 1421). */
  encrypted: boolean;
}

export interface Pem {
  blocks: PemBlock[];
  problems: Problem[];
}

/** More of them tell nothing new. */
export const MAX_PROBLEMS = 10;
const MARKER = /-----(BEGIN|END) ([A-Z0-9][A-Z0-9 #.]{0,40})-----/g;
/** Lines that were meant as a marker: other dashes, another case, too few or too many. */
const NEARLY_MARKER = /^[^A-Z0-9\n]{0,20}(?:BEGIN|END)[ \t]{1,4}[A-Z0-9][A-Z0-9 #.]{0,40}[^A-Z0-9\n]{0,20}$/im;
const IMPORT = 'or let `sluice certificate import` do it, which takes PEM, DER, P7B and PFX';

/**
 * The blocks of a text. Text in front of a block, as openssl writes it, is no fault; line ends and a byte order mark are of no matter.
 * @param wanted label of the block that belongs here, for advice
 */
export function readPem(text: string, wanted: string): Pem {
  const clean = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const whole = wholeProblem(clean, wanted);
  if (whole) {
    return { blocks: [], problems: [whole] };
  }
  const reader = new PemReader(clean, wanted);
  return { blocks: reader.blocks, problems: reader.problems };
}

/** Canonical PEM: lines of 64 characters, a line end at the end. */
export function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** What makes a text as a whole unreadable as PEM. */
function wholeProblem(text: string, wanted: string): Problem | undefined {
  if (text.trim() === '') {
    return { message: 'is empty', suggestion: `write PEM text, from -----BEGIN ${wanted}----- to the END line` };
  }
  if (isBinary(text)) {
    return {
      message: 'is binary, not PEM text: DER, P7B or PFX',
      suggestion: `convert it, DER with \`openssl x509 -inform der -in FILE\`, ${IMPORT}`,
    };
  }
  if (/-----\\[rn]|\\n-----/.test(text)) {
    return {
      message: 'has \\n where its lines end',
      suggestion: 'write real line ends; `printf "%b" "$TEXT"` makes them in a shell',
    };
  }
  if (!/-----(BEGIN|END) /.test(text) && !NEARLY_MARKER.test(text)) {
    return withoutMarkers(text, wanted);
  }
  return undefined;
}

/** Control characters, and what bytes that are no UTF-8 become. */
function isBinary(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\x00-\x08\x0e-\x1f\uFFFD]/.test(text) || /^0[\x80-\xff]/.test(text);
}

function withoutMarkers(text: string, wanted: string): Problem {
  const squeezed = text.replace(/\s/g, '');
  const kind = /^[A-Za-z0-9+/]+=*$/.test(squeezed) ? identify(Buffer.from(squeezed, 'base64')) : undefined;
  if (kind === 'pkcs7' || kind === 'pkcs12') {
    return { message: `is ${KIND_NAMES[kind]}, not PEM`, suggestion: convertAdvice(kind) };
  }
  if (kind !== undefined) {
    const label = labelOf(kind);
    return {
      message: `is the base64 of ${KIND_NAMES[kind]} without its BEGIN and END lines`,
      suggestion: `put -----BEGIN ${label}----- in front of it and -----END ${label}----- behind it, each on a line of its own`,
    };
  }
  return {
    message: 'is not PEM',
    suggestion: `write the text from -----BEGIN ${wanted}----- to -----END ${wanted}-----, both lines included`,
  };
}

/** How to get PEM out of a container. */
export function convertAdvice(kind: 'pkcs7' | 'pkcs12'): string {
  const command =
    kind === 'pkcs7' ? 'openssl pkcs7 -print_certs -in FILE' : 'openssl pkcs12 -in FILE -nodes -out both.pem';
  return `convert it with \`${command}\`, ${IMPORT}`;
}

const LABELS: Readonly<Partial<Record<DerKind, string>>> = {
  certificate: 'CERTIFICATE',
  crl: 'X509 CRL',
  request: 'CERTIFICATE REQUEST',
  pkcs1: 'RSA PRIVATE KEY',
  sec1: 'EC PRIVATE KEY',
  'encrypted-pkcs8': 'ENCRYPTED PRIVATE KEY',
  'public-key': 'PUBLIC KEY',
};

function labelOf(kind: DerKind): string {
  return LABELS[kind] ?? 'PRIVATE KEY';
}

interface Marker {
  label: string;
  /** Where it begins and ends. */
  at: number;
  end: number;
}

/** Goes from marker to marker. */
class PemReader {
  readonly blocks: PemBlock[] = [];
  readonly problems: Problem[] = [];
  readonly #text: string;
  #count = 0;

  constructor(text: string, wanted: string) {
    this.#text = text;
    let open: Marker | undefined;
    let end = 0;
    for (const { 0: marker, 1: verb, 2: label = '', index } of text.matchAll(MARKER)) {
      if (this.problems.length >= MAX_PROBLEMS) {
        return;
      }
      if (verb === 'BEGIN') {
        if (open) {
          this.#unended(open.label, open.at);
        } else {
          this.#between(end, index);
        }
        open = { label, at: index, end: index + marker.length };
      } else if (open) {
        this.#block(open, { label, at: index, end: index + marker.length });
        open = undefined;
      } else {
        this.#unbegun(label, end, index);
      }
      end = index + marker.length;
    }
    if (open) {
      this.#unended(open.label, open.at);
    } else {
      this.#behind(end, wanted);
    }
  }

  #block({ label, at, end: start }: Marker, { label: endLabel, at: bodyEnd, end }: Marker): void {
    this.#count += 1;
    const name = `block ${this.#count} (${label})`;
    if (label !== endLabel) {
      const line = this.#line(bodyEnd);
      this.#problem(`${name} ends as ${endLabel} in line ${line}`, `both lines have to say the same, ${label}`);
      return;
    }
    const { headers, body } = splitHeaders(this.#text.slice(start, bodyEnd));
    const encrypted = /^Proc-Type:.*ENCRYPTED/im.test(headers);
    const bytes = this.#decode(name, body, start + headers.length);
    // Trust settings of openssl stand behind the certificate.
    if (bytes && (encrypted || label === 'TRUSTED CERTIFICATE' || this.#isWhole(name, bytes))) {
      this.blocks.push({ label, bytes, encrypted, text: this.#text.slice(at, end) });
    }
  }

  #decode(name: string, body: string, at: number): Buffer | undefined {
    const foreign = /[^A-Za-z0-9+/=\s]|=(?=\s*[A-Za-z0-9+/])/.exec(body);
    if (foreign) {
      const line = this.#line(at + foreign.index);
      const what = foreign[0] === '=' ? 'has an = before its end' : `has a "${foreign[0]}", which base64 has not`;
      this.#problem(`${name} ${what}, in line ${line}`, 'copy it again; an editor or a mail may have changed it');
      return undefined;
    }
    const squeezed = body.replace(/\s/g, '');
    if (squeezed === '') {
      this.#problem(`${name} has nothing between its BEGIN and END lines`, 'copy it again');
      return undefined;
    }
    if (squeezed.length % 4 !== 0 || /={3,}$/.test(squeezed)) {
      this.#problem(
        `${name} has ${squeezed.length} characters of base64, which is no multiple of 4`,
        'copy it again: characters are missing, or too many',
      );
      return undefined;
    }
    return Buffer.from(squeezed, 'base64');
  }

  #isWhole(name: string, bytes: Buffer): boolean {
    const element = readDer(bytes);
    if (element?.raw.length !== bytes.length) {
      const found = element ? `has ${bytes.length - element.raw.length} bytes too many` : 'is cut off or damaged';
      this.#problem(`${name} ${found}`, 'copy it again, all lines of it');
      return false;
    }
    return true;
  }

  #unended(label: string, at: number): void {
    this.#count += 1;
    this.#problem(
      `block ${this.#count} (${label}), from line ${this.#line(at)} on, has no END line`,
      `copy it again to its end, -----END ${label}----- included`,
    );
  }

  #unbegun(label: string, start: number, at: number): void {
    if (!this.#between(start, at)) {
      this.#problem(
        `line ${this.#line(at)} ends a ${label} that does not begin`,
        `write -----BEGIN ${label}----- in front of it`,
      );
    }
  }

  /** Text between blocks is for people, unless it was meant as a marker: then that is said, and true is returned. */
  #between(start: number, end: number): boolean {
    const found = NEARLY_MARKER.exec(this.#text.slice(start, end));
    if (found) {
      this.#nearly(start + found.index);
    }
    return found !== null;
  }

  #behind(start: number, wanted: string): void {
    const rest = this.#text.slice(start);
    const found = NEARLY_MARKER.exec(rest);
    if (found) {
      this.#nearly(start + found.index);
    } else if (rest.trim() !== '') {
      const line = this.#line(start + rest.search(/\S/));
      this.#problem(
        `there is text after the last END line, in line ${line}`,
        `remove it; a further block needs its own -----BEGIN ${wanted}----- line`,
      );
    }
  }

  #nearly(at: number): void {
    this.#problem(
      `line ${this.#line(at)} is not a BEGIN or END line as PEM has them`,
      'write five hyphens on each side and capitals between them, such as -----BEGIN CERTIFICATE-----',
    );
  }

  #problem(message: string, suggestion: string): void {
    this.problems.push({ message, suggestion });
  }

  #line(at: number): number {
    return this.#text.slice(0, at).split('\n').length;
  }
}

/** The headers of RFC 1421 in front of the base64, up to the empty line that ends them. */
function splitHeaders(text: string): { headers: string; body: string } {
  const [headers = ''] = /^\s*(?:[\w-]+: .*\n(?:[ \t]+\S.*\n)*)+\n?/.exec(text) ?? [];
  return { headers, body: text.slice(headers.length) };
}
