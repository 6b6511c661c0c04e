/**
 * Texts with a form of their own, one entry a `format` keyword: how they are read into canonical form, and what to write instead of
 * one that is none.
 */
import { addressBytes, addressKind, formatAddress, parseAddress, parseAddressSet } from '../model/address.js';
import { parseExpectedCodes } from '../model/resources.js';
import { show } from './faults.js';

interface Format {
  /** Canonical text; undefined: the text is none of these. */
  read: (text: string) => string | undefined;
  /** What is wrong with a text that `read` refuses; default: it is not accepted. */
  wrong?: (text: string) => string;
  /** What to write instead, a whole sentence without its end. */
  instead: string;
  /** Numbers and truth values count as the text they look like: YAML reads an unquoted 200 as a number. */
  loose?: true;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would garble tables, logs and HTTP headers
const PRINTABLE = /^[^\x00-\x1f\x7f]*$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HOST_NAME = /^(?=.{1,255}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const CIPHERS = /^[A-Za-z0-9_+\-.:!@=]+$/;
const DATAGRAM = /^(?:[^\\]|\\(?:\\|x[0-9a-f]{2}|[0abfnrtv]))*$/i;

const MAX_TAG_KEY = 36;
const MAX_TAG_VALUE = 43;
const TAG_RESERVED = /[*<>\\=,|/]/;
/** `key=value` (LB-2); without a `=` a plain word as OpenStack clients write them, no comma, because filters separate tags with it. */
const TAG = { key: `1 to ${MAX_TAG_KEY} characters`, value: `at most ${MAX_TAG_VALUE}`, none: '* < > \\ = , | /' };

/** What a flavor may limit, see `Specification`. */
const LIMITS = ['connections', 'connections_per_second', 'queries_per_second'];

export const FORMATS = {
  uuid: {
    read: (text) => (UUID.test(text) ? text.toLowerCase() : undefined),
    wrong: (text) => `${show(text)} is not an id`,
    instead: 'write a UUID such as 6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d',
  },
  line: { read: matching(PRINTABLE), instead: 'write it without control characters' },
  tag: {
    read: (text) => (tagFault(text) === undefined ? text : undefined),
    wrong: (text) => tagFault(text) ?? '',
    instead: `write a word without a comma, or key=value: key ${TAG.key}, value ${TAG.value}, none of ${TAG.none}`,
  },
  address: {
    read: readAddress,
    wrong: addressFault,
    instead: 'write a unicast IPv4 or IPv6 address such as 198.18.0.10',
  },
  cidr: {
    read: readCidr,
    wrong: (text) => `${show(text)} is not a block of addresses`,
    instead: 'write an address or a block such as 10.0.0.0/8 or 2001:db8::/32',
  },
  'address-set': {
    read: (text) => (parseAddressSet(text) === undefined ? undefined : text.trim()),
    wrong: (text) => `${show(text)} is neither an address nor a block of addresses`,
    instead: 'write an address (198.18.1.10), a block ("198.18.1.16/30") or a range ("198.18.1.10-198.18.1.19")',
  },
  'url-path': { read: matching(/^\/[^\s#]*$/), instead: 'write a path that starts with /' },
  'host-name': { read: matching(HOST_NAME), instead: 'write a host name such as www.example.com' },
  'http-url': {
    read: readUrl,
    wrong: (text) => `${show(text)} is not a URL`,
    instead: 'write a URL with its scheme and host, such as https://www.example.com/shop',
  },
  'http-codes': {
    read: (text) => (parseExpectedCodes(text) === undefined ? undefined : text.replaceAll(/\s/g, '')),
    wrong: (text) => `${show(text)} is not a set of HTTP status codes`,
    instead: 'write codes like "200", "200,202,401", "200-399" or "2xx"',
    loose: true,
  },
  'cookie-name': { read: matching(TOKEN), instead: 'write letters, digits, _ and -, no white space, ; or =' },
  'header-value': { read: matching(PRINTABLE), instead: 'write it without control characters', loose: true },
  'tls-ciphers': { read: matching(CIPHERS), instead: 'write OpenSSL names joined by colons' },
  datagram: {
    read: matching(DATAGRAM),
    instead: 'write text; bytes that cannot be typed as \\x00, a backslash as \\\\',
    loose: true,
  },
  'json-object': {
    read: readJsonObject,
    wrong: (text) => `${show(text)} is not a JSON object`,
    instead: 'write an object as JSON text, such as "{}"',
  },
  'flavor-data': {
    read: readFlavorData,
    wrong: (text) => `${show(text)} is not a specification`,
    instead: `write JSON text such as {"connections": 50000}, with any of ${LIMITS.join(', ')}; null is no limit`,
  },
  'socket-address': {
    read: readSocketAddress,
    wrong: (text) => `${show(text)} is not an address and port`,
    instead: 'write address:port such as 127.0.0.1:9876 or "[::1]:9876"',
  },
  'host-and-port': {
    read: (text) => (isHostAndPort(text) ? text : undefined),
    wrong: (text) => `${show(text)} is not a host and port`,
    instead: 'write host:port such as log.example.com:514 or "[2001:db8::1]:514"',
  },
  program: {
    read: matching(/^(?:\/[^\0]*[^/\0]|[^/\s]+)$/),
    instead: 'write the absolute path of a program, or its name',
  },
  'user-name': { read: matching(/^[a-z_][a-z0-9_.-]*\$?$/i), instead: 'write the name of a user of this host' },
  'absolute-path': { read: matching(/^\//), instead: 'write an absolute path, one that starts with /' },
  'gateway-name': {
    read: matching(/^[a-z0-9][a-z0-9_-]*$/i),
    instead: 'write letters, digits, - and _, starting with a letter or digit',
  },
  'interface-name': {
    read: matching(/^[^\s/:]{1,15}$/),
    wrong: (text) => `${show(text)} is not an interface name`,
    instead: 'write a name that ip link shows, such as eth0',
  },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

export function formatOf(name: FormatName): Format {
  return FORMATS[name];
}

function matching(pattern: RegExp): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? text : undefined);
}

function tagFault(tag: string): string | undefined {
  const separator = tag.indexOf('=');
  if (separator < 0) {
    return tag !== '' && !tag.includes(',') ? undefined : `${show(tag)} is not a tag`;
  }
  const key = tag.slice(0, separator);
  const value = tag.slice(separator + 1);
  if (key.length < 1 || key.length > MAX_TAG_KEY || TAG_RESERVED.test(key)) {
    return `${show(key)} is not a tag key`;
  }
  return value.length > MAX_TAG_VALUE || TAG_RESERVED.test(value) ? `${show(value)} is not a tag value` : undefined;
}

/** Ten thousand members are read at a time: dotted decimal of a unicast address is recognized without parsing it in full. */
const UNICAST_IPV4 =
  /^(?:[1-9]\d?|1(?:[013-9]\d|2[0-689])|2(?:[01]\d|2[0-3]))(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/;

function readAddress(text: string): string | undefined {
  if (UNICAST_IPV4.test(text)) {
    return text;
  }
  const address = parseAddress(text);
  return address !== undefined && addressKind(address) === 'unicast' ? address : undefined;
}

function addressFault(text: string): string {
  const address = parseAddress(text);
  return address === undefined
    ? `${show(text)} is not an IP address`
    : `${address} is ${article(addressKind(address))} address`;
}

function article(word: string): string {
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}

const IPV4 = /^(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/;

/** A single address is the block of itself. A list has up to a hundred thousand of these, so big integers are too slow. */
function readCidr(text: string): string | undefined {
  const [written, digits, ...rest] = text.trim().split('/');
  const address = IPV4.test(written!) ? written : parseAddress(written!);
  if (address === undefined || rest.length > 0) {
    return undefined;
  }
  const width = address.includes(':') ? 128 : 32;
  const prefix = digits === undefined ? width : /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  if (prefix === width) {
    return `${address}/${prefix}`;
  }
  return prefix < width ? `${networkOf(address, prefix + 128 - width)}/${prefix}` : undefined;
}

/** The first address of the block that an address is in. @param prefix of 128 bits */
function networkOf(address: string, prefix: number): string {
  const bytes = addressBytes(address);
  bytes.fill(0, Math.ceil(prefix / 8));
  if (prefix % 8 > 0) {
    bytes[prefix >> 3]! &= 0xff << (8 - (prefix % 8));
  }
  return formatAddress(bytes);
}

function readUrl(text: string): string | undefined {
  const isHttp = /^https?:\/\/[^\s/?#]/i.test(text) && PRINTABLE.test(text) && !/[\s"<>\\^`{|}]/.test(text);
  return isHttp && URL.canParse(text) ? text : undefined;
}

function readJsonObject(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : undefined;
  } catch {
    return undefined;
  }
}

function readFlavorData(text: string): string | undefined {
  const canonical = readJsonObject(text);
  const limits = Object.entries(JSON.parse(canonical ?? '{}') as Record<string, unknown>);
  const fits = ([name, value]: [string, unknown]): boolean =>
    LIMITS.includes(name) && (value === null || (Number.isSafeInteger(value) && (value as number) > 0));
  return canonical !== undefined && limits.every(fits) ? canonical : undefined;
}

function isHostAndPort(text: string): boolean {
  const [, bracketed, host, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const isHost = bracketed === undefined ? HOST_NAME.test(host ?? '') : parseAddress(bracketed) !== undefined;
  return isHost && port >= 1 && port <= 65_535;
}

function readSocketAddress(text: string): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const isAddress = match !== null && parseAddress((match[1] ?? match[2])!) !== undefined;
  return isAddress && port >= 1 && port <= 65_535 ? text : undefined;
}
