/**
 * Latencies as counts per bucket, so that what several clients measured can be added up. Buckets grow by powers of two
 * split in 32: a reported value is at most 3.2 % above the measured one.
 */
const SPLIT_BITS = 5;
const SPLIT = 1 << SPLIT_BITS;

/** Bucket number → how many. Travels as JSON. */
export type Latencies = Record<number, number>;

/** @param microseconds 0 to 2^31 */
export function addLatency(latencies: Latencies, microseconds: number): void {
  const bucket = bucketOf(Math.round(microseconds));
  latencies[bucket] = (latencies[bucket] ?? 0) + 1;
}

export function mergeLatencies(into: Latencies, from: Latencies): void {
  for (const [bucket, count] of Object.entries(from)) into[Number(bucket)] = (into[Number(bucket)] ?? 0) + count;
}

/**
 * The value in microseconds that this share of the measurements does not exceed.
 * @param share above 0, up to 1
 */
export function percentile(latencies: Latencies, share: number): number {
  const buckets = Object.entries(latencies).sort(([a], [b]) => Number(a) - Number(b));
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= share * total) return upperBound(Number(bucket));
  }
  return 0;
}

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value | 1) - SPLIT_BITS);
  return shift * SPLIT + (value >>> shift);
}

function upperBound(bucket: number): number {
  if (bucket < 2 * SPLIT) return bucket;
  const shift = Math.floor(bucket / SPLIT) - 1;
  return (bucket - shift * SPLIT + 1) * 2 ** shift - 1;
}
