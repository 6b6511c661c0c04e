/** The clock that rate limits count by, for cases that have to happen within one of its seconds. */

const SECOND_NS = 1_000_000_000n;
/** The kernel's coarse clock is behind by less than this. */
const LAG_NS = 20_000_000n;
/** What must be left of the second. */
const ROOM_NS = 700_000_000n;

let last: bigint | undefined;

/** Nanoseconds of CLOCK_MONOTONIC. */
export const monotonic = (): bigint => process.hrtime.bigint();

/** Resolves early in a second of the clock, another one with each call. */
export async function beginningOfSecond(): Promise<void> {
  for (;;) {
    const now = monotonic();
    const passed = now % SECOND_NS;
    if (passed > LAG_NS && passed < SECOND_NS - ROOM_NS && now / SECOND_NS !== last) {
      last = now / SECOND_NS;
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
