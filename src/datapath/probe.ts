/** Probes of health checks, through the addon. */
import { addressBytes, addressFamily } from '../model/address.js';
import { loadAddon, type ProbeEnd, type ProbeNews, type ProbeOptions, type Prober } from './addon.js';

/** More than whether a TCP port answers; see {@link ProbeOptions}. */
export interface Talk extends Pick<ProbeOptions, 'send' | 'resendMs'> {
  kind: 'stream' | 'datagram' | 'echo';
  /** Gets what comes back, a piece or datagram at a time. True: heard enough, the probe ends with `errno` 0. */
  hear?: (bytes: Uint8Array) => boolean;
}

export type ProbeAnswer = Omit<ProbeEnd, 'bytes'>;

interface Waiting {
  resolve: (answer: ProbeAnswer) => void;
  reject: (error: unknown) => void;
  hear: Talk['hear'];
}

const waiting = new Map<number, Waiting>();
let prober: Prober | undefined;

/**
 * One probe of an address in canonical text. Without `talk`: SYN, SYN-ACK, RST. Rejects when `hear` throws.
 * @param timeoutMs 1..86,400,000
 */
export async function probePort(address: string, port: number, timeoutMs: number, talk?: Talk): Promise<ProbeAnswer> {
  prober ??= loadAddon().openProber(take);
  const bytes = addressBytes(address);
  const id = prober.begin({
    kind: talk?.kind ?? 'connect',
    address: addressFamily(address) === 4 ? bytes.slice(12) : bytes,
    port,
    timeoutMs,
    ...(talk?.send && { send: talk.send }),
    ...(talk?.resendMs && { resendMs: talk.resendMs }),
  });
  return await new Promise((resolve, reject) => waiting.set(id, { resolve, reject, hear: talk?.hear }));
}

function take(id: number, news: ProbeNews): void {
  const probe = waiting.get(id);
  if (!probe) {
    return;
  }
  if (!news.bytes) {
    waiting.delete(id);
    probe.resolve(news);
    return;
  }
  try {
    if (probe.hear && !probe.hear(news.bytes)) {
      prober?.resume(id);
      return;
    }
    probe.resolve({ errno: 0, microseconds: news.microseconds });
  } catch (error) {
    probe.reject(error);
  }
  waiting.delete(id);
  prober?.end(id);
}
