/** Keeps the reader's names of listeners and pools those of the configuration. */
import type { LogReader } from '../datapath/access-log.js';
import type { LoadBalancer } from '../model/resources.js';

/** Requests of a deleted listener may still be on their way: its name is kept that long, ms. */
const FAREWELL_MS = 60_000;

type Named = Pick<LoadBalancer, 'id' | 'name' | 'project_id' | 'listeners' | 'pools'>;

export class Names {
  readonly #reader: LogReader;
  #loadbalancers = new Map<string, Named>();
  /** Ids that are configured no more, and since when (ms, monotonic). */
  readonly #leaving = new Map<string, number>();

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** Load balancers that are the same objects as before cost a comparison. */
  use(loadbalancers: readonly Named[]): void {
    const before = this.#loadbalancers;
    this.#loadbalancers = new Map(loadbalancers.map((one) => [one.id, one]));
    for (const one of loadbalancers) {
      const known = before.get(one.id);
      if (known !== one) {
        this.#replace(known, one);
      }
      before.delete(one.id);
    }
    for (const gone of before.values()) {
      this.#replace(gone, undefined);
    }
  }

  /** Forgets what left a minute ago. @returns the ids */
  sweep(now = performance.now()): string[] {
    const gone = [...this.#leaving].filter(([, since]) => now - since >= FAREWELL_MS).map(([id]) => id);
    for (const id of gone) {
      this.#leaving.delete(id);
      this.#reader.removeName(id);
    }
    return gone;
  }

  #replace(before: Named | undefined, after: Named | undefined): void {
    const stay = new Set<string>();
    for (const { id, name } of after?.listeners ?? []) {
      stay.add(id);
      this.#reader.nameListener(id, name, after!.name, after!.id, after!.project_id);
    }
    for (const { id, name } of after?.pools ?? []) {
      stay.add(id);
      this.#reader.namePool(id, name);
    }
    for (const id of stay) {
      this.#leaving.delete(id);
    }
    for (const { id } of [...(before?.listeners ?? []), ...(before?.pools ?? [])]) {
      if (!stay.has(id)) {
        this.#leaving.set(id, performance.now());
      }
    }
  }
}
