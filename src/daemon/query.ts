/** Query strings of the HTTP interface: all faults of a request at once. */

import type { Endpoint } from '../datapath/sessions.js';
import { parseAddress } from '../model/address.js';
import { type Fault, SluiceError } from '../model/errors.js';
import type { SessionQuery } from './service.js';

const ENDPOINTS = ['client', 'vip', 'member', 'local'] as const;
const PROTOCOLS: Record<string, number> = { tcp: 6, udp: 17 };

/** What GET /sessions asks for. */
export interface SessionRequest {
  query: SessionQuery;
  /** Only the number. */
  count: boolean;
  /** At most so many; undefined: all. */
  limit?: number;
}

/** Values of one query string; a key that is there without a value is true. */
export class QueryReader {
  readonly #values: Map<string, string>;
  readonly #faults: Fault[] = [];

  constructor(values: Record<string, unknown>) {
    this.#values = new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    if (value !== undefined && !['', 'true', 'false'].includes(value)) {
      this.#fault(name, `${value} is neither true nor false`, 'write true or false');
    }
    return value === '' || value === 'true';
  }

  text(name: string): string | undefined {
    return this.#take(name);
  }

  count(name: string): number | undefined {
    const value = this.#take(name);
    if (value !== undefined && !/^[1-9]\d{0,9}$/.test(value)) {
      this.#fault(name, `${value} is not a number from 1 on`, 'write a whole number');
      return undefined;
    }
    return value === undefined ? undefined : Number(value);
  }

  endpoint(name: string): Endpoint | undefined {
    const value = this.#take(name);
    const endpoint = value === undefined ? undefined : parseEndpoint(value);
    if (value !== undefined && !endpoint) {
      this.#fault(name, `${value} is neither an address nor address:port`, 'write 198.18.0.10, 198.18.0.10:80 or :80');
    }
    return endpoint;
  }

  choice<T>(name: string, choices: Record<string, T>): T | undefined {
    const value = this.#take(name)?.toLowerCase();
    if (value !== undefined && !Object.hasOwn(choices, value)) {
      this.#fault(name, `${value} is not possible`, `write one of ${Object.keys(choices).join(', ')}`);
      return undefined;
    }
    return value === undefined ? undefined : choices[value];
  }

  /** @throws SluiceError `invalid_configuration` with every fault, unknown names too */
  finish(): void {
    for (const name of this.#values.keys()) {
      this.#fault(name, 'is not a parameter of this request', 'remove it');
    }
    if (this.#faults.length > 0) {
      throw SluiceError.fromFaults(this.#faults, 'request');
    }
  }

  #take(name: string): string | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  #fault(path: string, message: string, suggestion: string): void {
    this.#faults.push({ code: 'invalid', path, message, suggestion });
  }
}

/** @throws SluiceError with every fault */
export function readSessionRequest(values: Record<string, unknown>): SessionRequest {
  const reader = new QueryReader(values);
  const query: SessionQuery = {};
  for (const name of ENDPOINTS) {
    const endpoint = reader.endpoint(name);
    if (endpoint) {
      query[name] = endpoint;
    }
  }
  const listener = reader.text('listener');
  const protocol = reader.choice('protocol', PROTOCOLS);
  const limit = reader.count('limit');
  const count = reader.flag('count');
  reader.finish();
  return {
    query: { ...query, ...(listener === undefined ? {} : { listener }), ...(protocol ? { protocol } : {}) },
    count,
    ...(limit === undefined ? {} : { limit }),
  };
}

/** `198.18.0.10`, `198.18.0.10:80`, `[fd00::1]:80`, `fd00::1`, `:80`; undefined for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const whole = parseAddress(text);
  if (whole !== undefined) {
    return { address: whole };
  }
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) {
    return undefined;
  }
  const host = match[1] ?? match[2] ?? '';
  if (host === '') {
    return { port };
  }
  const address = parseAddress(host);
  return address === undefined ? undefined : { address, port };
}
