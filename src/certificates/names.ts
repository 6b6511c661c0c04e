/** Names in certificates: who they are about, who issued them, and what TLS clients call their holders. */
import { formatAddress } from '../model/address.js';
import { childrenOf, type Der, oidOf } from './der.js';

/** Short names of attributes (RFC 4514, and what openssl prints). */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};
const MAX_NAME = 1000;

/** `CN=www.example.com, O=Example`: the most particular part first. */
export function nameOf(name: Der | undefined): string {
  const parts = childrenOf(name).map((set) => childrenOf(set).map(attributeOf).join('+'));
  return parts.reverse().join(', ').slice(0, MAX_NAME);
}

function attributeOf(attribute: Der): string {
  const [type, value] = childrenOf(attribute);
  const oid = oidOf(type) ?? '?';
  return `${ATTRIBUTES[oid] ?? oid}=${value ? printable(stringOf(value)) : ''}`;
}

const UTF8_STRING = 0x0c;
const BMP_STRING = 0x1e;

function stringOf({ tag, content }: Der): string {
  if (tag === BMP_STRING && content.length % 2 === 0) {
    return Buffer.from(content).swap16().toString('utf16le');
  }
  return content.toString(tag === UTF8_STRING ? 'utf8' : 'latin1');
}

/** Control characters would garble tables, logs and files that the text gets into. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '?');
}

const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/;

/** DNS names and addresses of a GeneralNames; what is neither a host name nor an address is nobody's to ask for and left out. */
export function domainsOf(generalNames: Der | undefined): string[] {
  const domains = childrenOf(generalNames).flatMap(({ tag, content }) => {
    if (tag === DNS_NAME) {
      const name = content.toString('latin1').toLowerCase();
      return name.length <= 255 && HOST.test(name) ? [name] : [];
    }
    return tag === IP_ADDRESS && (content.length === 4 || content.length === 16) ? [formatAddress(content)] : [];
  });
  return [...new Set(domains)];
}
