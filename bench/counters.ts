/** Reads per-CPU counters. */
import type { BpfMap } from '#sluice/datapath/addon.js';

/** Sum over all CPUs of the u64 at an index of a per-CPU array. */
export function readCounter(map: BpfMap, index: number): number {
  const bytes = map.get(keyOf(index));
  if (!bytes) throw new RangeError(`${map.name} has no index ${index}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0n;
  for (let at = 0; at < bytes.length; at += 8) sum += view.getBigUint64(at, true);
  return Number(sum);
}

/** Key of an array map. */
export function keyOf(index: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(index).buffer);
}
