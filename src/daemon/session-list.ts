/** Sessions of the data plane for people: filters and answers know listeners by their names. */
import type { Datapath } from '../datapath/datapath.js';
import { SluiceError } from '../model/errors.js';
import type { ChangeRoad } from './change.js';
import { findListener, listenerOfSession } from './listener-names.js';
import type { NamedSession, SessionQuery } from './service.js';

export class SessionList {
  readonly #datapath: Datapath | undefined;
  readonly #road: ChangeRoad;

  constructor(datapath: Datapath | undefined, road: ChangeRoad) {
    this.#datapath = datapath;
    this.#road = road;
  }

  /** @throws SluiceError `unsupported` without a data plane, `not_found` and `conflict` for the name of a listener */
  async count(query: SessionQuery): Promise<number> {
    const { datapath, filters } = this.#access(query);
    let count = 0;
    for (const filter of filters) {
      count += await datapath.countSessions(filter);
    }
    return count;
  }

  /** In batches. @throws SluiceError as {@link count} */
  async *list(query: SessionQuery): AsyncGenerator<NamedSession[]> {
    const { datapath, filters, listenerOf } = this.#access(query);
    for (const filter of filters) {
      for await (const batch of datapath.listSessions(filter)) {
        // Not copied: there may be millions.
        yield batch.map((session) => Object.assign(session, { listener: listenerOf(session) }));
      }
    }
  }

  #access({ listener, ...filter }: SessionQuery) {
    const datapath = this.#datapath;
    const { held, state } = this.#road;
    if (!datapath || !held) {
      throw new SluiceError('unsupported', 'there are no sessions without a data plane; set gateway.dataplane: xdp');
    }
    if (listener !== undefined && (filter.vip || filter.protocol !== undefined)) {
      throw new SluiceError(
        'conflict',
        'a listener says already which VIP, port and protocol; give the listener or those',
      );
    }
    return {
      datapath,
      filters: listener === undefined ? [filter] : findListener(state, listener).map((one) => ({ ...filter, ...one })),
      listenerOf: listenerOfSession(state),
    };
  }
}
