/** What the client's protocols have in common. */
import type { Greeting, TrafficOrder } from './protocol.js';

/** Where a connection comes from. */
export interface Origin {
  /** Among the connections of this client, from 0. */
  serial: number;
  source: string;
  /** 0: the kernel chooses. */
  port: number;
}

/** @param serial Among the connections of this client, from 0. */
export function originOf({ sources, firstPort }: TrafficOrder, serial: number): Origin {
  const port = firstPort === null ? 0 : firstPort + Math.floor(serial / sources.length);
  return { serial, source: sources[serial % sources.length]!, port };
}

/** One connection of either protocol. */
export interface Connection {
  /** Opens it; resolves when the first request may be sent. */
  open(): Promise<void>;
  /** @param last No further request follows. @throws RequestError, or an Error with an errno code */
  request(last: boolean): Promise<Answer>;
  close(): void;
  readonly sourcePort: number;
}

export interface Answer {
  /** Absent where the operation does not tell. */
  greeting?: Partial<Greeting>;
  bytes: number;
}

/** An answer that came, but not the right one, or none in time. */
export class RequestError extends Error {
  constructor(
    readonly code: 'timeout' | 'status' | 'body' | 'lost' | 'moved',
    message: string,
  ) {
    super(message);
  }
}
