/** Values that are more than a text, a number or a list, as they are written on the command line. */
import { InvalidArgumentError } from 'commander';
import { parseCidr } from '../../model/address.js';

/** Parts between commas of everything that was written. */
export function splitList(written: readonly string[]): string[] {
  return written
    .flatMap((text) => text.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The canonical text of a block; what is none stays as it is, for the gateway to say so. */
export function canonicalCidr(text: string): string {
  const cidr = parseCidr(text) ?? parseCidr(`${text}/${text.includes(':') ? 128 : 32}`);
  return cidr ? `${cidr.address}/${cidr.prefix}` : text;
}

/** `A=1,B=2`. @throws InvalidArgumentError */
export function readPairs(written: readonly string[]): Record<string, string> {
  return Object.fromEntries(splitList(written).map(pairOf));
}

/** @throws InvalidArgumentError */
export function pairOf(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new InvalidArgumentError(`write NAME=VALUE instead of "${text}".`);
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `198.18.0.11`, `198.18.0.11,SUBNET_ID`, or Octavia's `ip-address=…,subnet-id=…`, each once. @throws InvalidArgumentError */
export function readAdditionalVips(written: readonly string[]): object[] {
  return written.map((text) => {
    const vip: { ip_address?: string; subnet_id?: string } = {};
    for (const [index, part] of splitList([text]).entries()) {
      const [name, value] = part.includes('=') ? pairOf(part) : [index === 0 ? 'ip_address' : 'subnet_id', part];
      const key = name.replaceAll('-', '_');
      if (key !== 'ip_address' && key !== 'subnet_id') {
        throw new InvalidArgumentError(`there is no "${name}" of a VIP; write ADDRESS or ADDRESS,SUBNET_ID.`);
      }
      vip[key] = value;
    }
    return vip;
  });
}

const PERSISTENCE_KEYS = ['type', 'cookie_name', 'cookie_mode', 'persistence_timeout', 'persistence_granularity'];
const PERSISTENCE_CHOICES = ['type', 'cookie_mode'];

/** `source_ip`, `app_cookie,cookie_name=SID`, `type=SOURCE_IP,persistence_timeout=600`. @throws InvalidArgumentError */
export function readPersistence(written: readonly string[]): object {
  const persistence: Record<string, unknown> = {};
  for (const part of splitList(written)) {
    const [name, value] = part.includes('=') ? pairOf(part) : ['type', part];
    const key = name.replaceAll('-', '_');
    if (!PERSISTENCE_KEYS.includes(key)) {
      throw new InvalidArgumentError(
        `there is no "${name}" of it; write TYPE and ${PERSISTENCE_KEYS.slice(1).join('=…, ')}=….`,
      );
    }
    const isChoice = PERSISTENCE_CHOICES.includes(key);
    persistence[key] = isChoice ? enumeration(value) : key === 'persistence_timeout' ? readInteger(value) : value;
  }
  return persistence;
}

/** JSON, or `connections=50000,connections_per_second=5000`; becomes the JSON text that Octavia carries. @throws InvalidArgumentError */
export function readData(written: readonly string[]): string {
  const text = written.join(',').trim();
  if (text.startsWith('{')) {
    try {
      return JSON.stringify(JSON.parse(text));
    } catch (error) {
      throw new InvalidArgumentError(`this is no JSON: ${(error as Error).message}.`);
    }
  }
  const pairs = Object.entries(readPairs(written)).map(([name, value]) => [name, scalar(value)]);
  return JSON.stringify(Object.fromEntries(pairs));
}

const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function scalar(text: string): unknown {
  if (/^-?\d{1,15}$/.test(text)) {
    return Number(text);
  }
  return WORDS.has(text) ? WORDS.get(text) : text;
}

/** Octavia's spelling of `source-ip`. */
function enumeration(text: string): string {
  return text.toUpperCase().replaceAll('-', '_');
}

/** @throws InvalidArgumentError */
export function readInteger(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('write a whole number.');
  }
  return Number(text);
}

/** A count, from 1 on. @throws InvalidArgumentError */
export function readPositive(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new InvalidArgumentError('write a whole number from 1 on.');
  }
  return Number(text);
}

/** @throws InvalidArgumentError */
export function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('write a number.');
  }
  return value;
}

/** The choice that was meant: case does not matter, nor do dashes for underscores. @throws InvalidArgumentError */
export function readChoice(text: string, choices: readonly string[]): string {
  const plain = (word: string): string => word.toUpperCase().replaceAll('-', '_');
  const meant = choices.find((choice) => plain(choice) === plain(text));
  if (meant === undefined) {
    throw new InvalidArgumentError(`write one of: ${choices.join(', ')}.`);
  }
  return meant;
}

const AGO = /^(\d{1,6})([smhd])$/;
const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** ms since the epoch of `2026-01-31T12:00:00Z`, or of `15m`, `2h`, `3d` ago. @throws InvalidArgumentError */
export function readTime(written: readonly string[]): number {
  const text = written.at(-1) ?? '';
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined) {
    return Date.now() - Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS] * 1000;
  }
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError('write a time such as 2026-01-31T12:00:00Z, or 15m, 2h, 3d for so long ago.');
  }
  return time;
}
