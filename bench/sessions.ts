/** Empties the tables of a gateway that no daemon serves. */
import type { BpfMap } from '#sluice/datapath/addon.js';

const BATCH = 65_536;

/** Forgets all sessions and leases. */
export async function clearSessions(map: (name: 'sessions4' | 'lease_words') => BpfMap): Promise<void> {
  const sessions = map('sessions4');
  for (;;) {
    const { keys, count } = await sessions.getBatch(BATCH);
    if (count === 0) break;
    await sessions.deleteBatch(keys, count);
  }
  const words = map('lease_words');
  const indices = Uint32Array.from({ length: words.maxEntries }, (_, index) => index);
  await words.putBatch(new Uint8Array(indices.buffer), new Uint8Array(words.maxEntries * 8), words.maxEntries);
}
