/** Turns what happens by itself into events, and keeps them until they are saved. */

import { locate } from '../control/lookup.js';
import type { Check } from '../health/checks.js';
import type { ProxyEvent } from '../l7/engine/index.js';
import type { Member } from '../model/resources.js';
import type { State } from '../model/state.js';
import type { HealthFacts } from '../observe/operating-status.js';
import type { EventEntry } from '../store/store.js';

type What = Pick<EventEntry, 'type' | 'severity' | 'message'> & Partial<EventEntry>;

export class EventLog {
  readonly #state: () => State;
  #pending: EventEntry[] = [];

  constructor(state: () => State) {
    this.#state = state;
  }

  /** A member went up or down. */
  memberFlipped({ id, address, port }: Pick<Check, 'id' | 'address' | 'port'>, { up, failure }: HealthFacts): void {
    const found = locate(this.#state(), id);
    const member = found?.object as Member | undefined;
    const pool = found?.pool;
    const where = `${address}:${port}${pool ? ` of pool ${pool.name || pool.id}` : ''}`;
    this.add({
      type: up ? 'member.up' : 'member.down',
      severity: up ? 'info' : 'warning',
      message: up ? `${where} is healthy` : `${where} is unhealthy: ${failure?.cause ?? 'unknown cause'}`,
      kind: 'member',
      resource_id: id,
      resource_name: member?.name ?? null,
      project_id: member?.project_id ?? null,
    });
  }

  /** HAProxy ended, or is back. */
  proxyEvent(event: ProxyEvent): void {
    const back = event.kind === 'restarted';
    const words = {
      died: 'HAProxy died; it is started again',
      restarted: 'HAProxy runs again',
      restart_failed: `HAProxy does not start: ${'error' in event ? event.error.message : ''}`,
    };
    this.add({ type: `proxy.${event.kind}`, severity: back ? 'info' : 'error', message: words[event.kind] });
  }

  add(what: What): void {
    const nothing = { project_id: null, kind: null, resource_id: null, resource_name: null };
    this.#pending.push({ id: crypto.randomUUID(), at: Date.now(), ...nothing, ...what });
  }

  /** Those not saved yet; the caller saves them. */
  take(): EventEntry[] {
    return this.#pending.splice(0);
  }
}
