/** Access lists in the kernel: a trie for each list, made and filled before any listener refers to it, never changed afterwards. */
import { ADDRESS_BYTES, addressBytes, isIpv4 } from '../model/address.js';
import type { Addon, BpfMap } from './addon.js';
import { Access, accessKey } from './layouts.js';

/** `BPF_MAP_TYPE_LPM_TRIE` */
const LPM_TRIE = 11;
/** `BPF_F_NO_PREALLOC`, which tries must have. */
const NO_PREALLOC = 1;
const VALUE_SIZE = 4;
/** IPv4 lies in ::ffff:0:0/96. */
const IPV4_PREFIX = 96;
/** Blocks encoded and written at a time: some milliseconds of the main thread, whatever the length of the list. */
const BATCH = 8192;

/**
 * The trie of a list, filled. The caller closes the handle.
 * @param name that the kernel keeps with it, at most 15 letters and digits
 * @param cidrs in canonical text, both families
 */
export async function createAccessList(addon: Addon, name: string, cidrs: readonly string[]): Promise<BpfMap> {
  const maxEntries = cidrs.length + 1;
  const trie = addon.createMap({
    type: LPM_TRIE,
    name,
    keySize: accessKey.size,
    valueSize: VALUE_SIZE,
    maxEntries,
    flags: NO_PREALLOC,
  });
  try {
    // First, so that 0.0.0.0/0, where it is listed, has the last word.
    trie.put(accessKey.encode(ALL_OF_IPV4), value(Access.UNLISTED));
    for (let first = 0; first < cidrs.length; first += BATCH) {
      const part = cidrs.slice(first, first + BATCH);
      const listed = new Uint32Array(part.length).fill(Access.LISTED);
      await trie.putBatch(encodeBlocks(part), new Uint8Array(listed.buffer), part.length);
    }
    return trie;
  } catch (error) {
    trie.close();
    throw error;
  }
}

/**
 * Every list has this block: without it a short IPv6 prefix such as ::/0 would mean all IPv4 addresses too, which look like IPv6
 * ones in the trie.
 */
const ALL_OF_IPV4 = { prefix: IPV4_PREFIX, address: addressBytes('0.0.0.0') };

/** Keys of blocks, one behind the other. */
export function encodeBlocks(cidrs: readonly string[]): Uint8Array {
  const keys = new Uint8Array(cidrs.length * accessKey.size);
  const view = new DataView(keys.buffer);
  for (const [index, cidr] of cidrs.entries()) {
    const slash = cidr.indexOf('/');
    const address = blockBytes(cidr.slice(0, slash));
    const bits = Number(cidr.slice(slash + 1));
    accessKey.write(view, index * accessKey.size, { prefix: isIpv4(address) ? IPV4_PREFIX + bits : bits, address });
  }
  return keys;
}

/** The 16 bytes of a block's address; IPv6 takes a shorter way than through a library, which a hundred thousand times takes seconds. */
function blockBytes(address: string): Uint8Array {
  if (!address.includes(':') || address.includes('.')) {
    return addressBytes(address);
  }
  const bytes = new Uint8Array(ADDRESS_BYTES);
  const [head = '', tail] = address.split('::');
  putGroups(head, bytes, 0);
  if (tail) {
    putGroups(tail, bytes, ADDRESS_BYTES - 2 * tail.split(':').length);
  }
  return bytes;
}

function putGroups(text: string, bytes: Uint8Array, at: number): void {
  for (const group of text === '' ? [] : text.split(':')) {
    const word = Number.parseInt(group, 16);
    bytes[at++] = word >> 8;
    bytes[at++] = word & 0xff;
  }
}

function value(access: Access): Uint8Array {
  return new Uint8Array(Uint32Array.of(access).buffer);
}
