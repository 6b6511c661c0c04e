/**
 * Regular expressions as rules have them: the part of PCRE's dialect that every version of it understands. HAProxy refuses a whole
 * configuration for one expression that it cannot compile, so one that PCRE might refuse goes no further than here.
 */

/** Copies of an item that counted repetitions may add up to; PCRE's compiled form has a limit, and each copy costs memory. */
const MAX_SIZE = 5000;
const MAX_GROUP_NAME = 32;
/** Classes and single characters. */
const SHORTHANDS = 'dDwWsShHvV';
const CONTROLS = 'nrtf';
const ASSERTIONS = 'bBzZ';
const POSIX_CLASS = /^\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/;

/** Why a text is no regular expression that can be served; undefined: it is one. */
export function regularExpressionFault(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes are compared, and these are ASCII's
  const foreign = /[^\x00-\x7f]/.exec(text);
  if (foreign) {
    return `${foreign[0]} is not ASCII; paths have such characters as %C3%A9 and the like`;
  }
  try {
    new Parser(text).parse();
    return undefined;
  } catch (error) {
    if (error instanceof Unfit) {
      return error.message;
    }
    throw error;
  }
}

class Unfit extends Error {}

/** What was read, and how much of it PCRE makes. */
interface Item {
  size: number;
  /** Whether it may be repeated: an assertion may not. */
  repeats: boolean;
}

class Parser {
  readonly #text: string;
  readonly #names = new Set<string>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws Unfit */
  parse(): void {
    this.#take('(?i)');
    this.#alternatives();
    if (this.#at < this.#text.length) {
      throw this.#unfit('nothing opens it');
    }
  }

  /** @returns the size */
  #alternatives(): number {
    let size = 1;
    do {
      while (this.#at < this.#text.length && !'|)'.includes(this.#next())) {
        size += this.#repeated();
      }
      this.#requireSize(size);
    } while (this.#take('|'));
    return size;
  }

  #repeated(): number {
    const { size, repeats } = this.#item();
    const quantifier = /^(?:[*+?]|\{(\d{1,4})(,(\d{1,4})?)?\})[?+]?/.exec(this.#rest());
    if (!quantifier) {
      return size;
    }
    const [written, least, comma, most] = quantifier;
    if (!repeats) {
      throw this.#unfit('what stands before it cannot be repeated');
    }
    const from = Number(least ?? 0);
    const to = most === undefined ? from + (comma === undefined ? 0 : 1) : Number(most);
    if (to < from) {
      throw this.#unfit('it is repeated less often than at least');
    }
    this.#at += written.length;
    if (/^(?:[*+?]|\{\d)/.test(this.#rest())) {
      throw this.#unfit('it follows another repetition');
    }
    return this.#requireSize(size * Math.max(to, 1));
  }

  #item(): Item {
    const character = this.#next();
    if ('*+?{'.includes(character)) {
      throw this.#unfit(character === '{' ? 'it is no repetition; write \\{' : 'there is nothing before it to repeat');
    }
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#characterClass();
      case '\\':
        return this.#escape();
      default:
        this.#at += 1;
        return { size: 1, repeats: character !== '^' && character !== '$' };
    }
  }

  #group(): Item {
    const start = this.#at;
    const [head = '(', kind, name] = /^\((?:\?(:|=|!|>|i:|P?<([A-Za-z_]\w*)>))?/.exec(this.#rest()) ?? [];
    this.#at += head.length;
    if (kind === undefined && '?*'.includes(this.#next() || ')')) {
      this.#at = start;
      throw this.#unfit('groups are (…), (?:…), (?i:…), (?=…), (?!…), (?>…) and (?<name>…)');
    }
    if (name !== undefined && (this.#names.has(name) || name.length > MAX_GROUP_NAME)) {
      throw this.#unfit(`${name} is the name of another group, or longer than ${MAX_GROUP_NAME} characters`);
    }
    if (name !== undefined) {
      this.#names.add(name);
    }
    const size = this.#alternatives();
    if (!this.#take(')')) {
      this.#at = start;
      throw this.#unfit('nothing closes it');
    }
    return { size: size + 1, repeats: kind !== '=' && kind !== '!' };
  }

  #escape(): Item {
    const character = this.#text[this.#at + 1];
    if (character !== undefined && ASSERTIONS.includes(character)) {
      this.#at += 2;
      return { size: 1, repeats: false };
    }
    this.#escaped();
    return { size: 1, repeats: true };
  }

  /** An escape that may stand in a class too. @returns its character code; undefined: it stands for several */
  #escaped(): number | undefined {
    const [, hex] = /^\\x([0-9a-fA-F]{2})/.exec(this.#rest()) ?? [];
    if (hex !== undefined) {
      this.#at += 4;
      return Number.parseInt(hex, 16);
    }
    const character = this.#text[this.#at + 1];
    if (character === undefined) {
      throw this.#unfit('it ends the expression');
    }
    if (character === 'A') {
      throw this.#unfit('write ^ for the beginning');
    }
    const known = SHORTHANDS.includes(character) || CONTROLS.includes(character);
    if (!known && /[\dA-Za-z]/.test(character)) {
      throw this.#unfit(/\d/.test(character) ? 'groups are not remembered' : 'this escape has no meaning here');
    }
    this.#at += 2;
    return SHORTHANDS.includes(character)
      ? undefined
      : ({ n: 10, r: 13, t: 9, f: 12 }[character] ?? character.charCodeAt(0));
  }

  #characterClass(): Item {
    const start = this.#at;
    if (/^\[[:.=]/.test(this.#rest())) {
      throw this.#unfit('named classes stand in a class, as in [[:alpha:]]');
    }
    this.#at += 1;
    this.#take('^');
    if (this.#next() === ']') {
      throw this.#unfit('the class is empty; write \\] where it stands for itself');
    }
    while (this.#next() !== ']') {
      if (this.#at >= this.#text.length) {
        this.#at = start;
        throw this.#unfit('nothing closes it');
      }
      this.#range();
    }
    this.#at += 1;
    return { size: 1, repeats: true };
  }

  /** A character of a class, or a range. */
  #range(): void {
    const from = this.#member();
    if (!/^-[^\]]/.test(this.#rest())) {
      return;
    }
    this.#at += 1;
    const to = this.#member();
    if (from === undefined || to === undefined || to < from) {
      throw this.#unfit('before it is no range of characters; write \\- where it stands for itself');
    }
  }

  /** @returns its character code; undefined: it stands for several */
  #member(): number | undefined {
    const posix = POSIX_CLASS.exec(this.#rest());
    if (posix) {
      this.#at += posix[0].length;
      return undefined;
    }
    if (/^\[[:.=]/.test(this.#rest())) {
      throw this.#unfit('no class has this name; write \\[ where it stands for itself');
    }
    if (this.#next() === '\\') {
      return this.#escaped();
    }
    this.#at += 1;
    return this.#text.charCodeAt(this.#at - 1);
  }

  #requireSize(size: number): number {
    if (size > MAX_SIZE) {
      throw new Unfit('its repetitions make it too large');
    }
    return size;
  }

  #next(): string {
    return this.#text[this.#at] ?? '';
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #take(text: string): boolean {
    const taken = this.#text.startsWith(text, this.#at);
    this.#at += taken ? text.length : 0;
    return taken;
  }

  #unfit(reason: string): Unfit {
    const found = this.#rest().slice(0, 12);
    return new Unfit(found === '' ? `at its end: ${reason}` : `at ${JSON.stringify(found)}: ${reason}`);
  }
}
