/** HTTP checks: the request as it goes over the wire, and the judgement of what comes back. */
import { addressFamily } from '../model/address.js';
import { statusIsExpected } from '../model/resources.js';
import type { HttpRequest } from './checks.js';
import { type Conversation, excerpt } from './conversation.js';
import { HttpAnswer } from './http-answer.js';

/** Methods whose requests say that their body is empty: some servers answer 411 otherwise. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** One request; redirects count as what they are. */
export class HttpConversation implements Conversation {
  readonly send: Uint8Array;
  begun = false;
  readonly #http: HttpRequest;
  readonly #answer: HttpAnswer;

  /** @param port,address of the member: its Host header where none is configured */
  constructor(http: HttpRequest, address: string, port: number) {
    this.#http = http;
    this.#answer = new HttpAnswer(http.method);
    this.send = Buffer.from(requestText(http, address, port));
  }

  hear(bytes: Uint8Array): boolean {
    this.begun = true;
    this.#answer.feed(bytes);
    // A wrong status needs no body. A right one counts once the body has come too: a server that hangs half-way is not well.
    return this.#answer.complete || this.#answer.garbled || this.#wrongStatus() !== undefined;
  }

  close(): void {
    this.#answer.close();
  }

  cause(): string | undefined {
    if (this.#answer.garbled) {
      return `answered something that is not HTTP: "${excerpt(this.#answer.excerpt)}"`;
    }
    return this.#wrongStatus() ?? (this.#answer.complete ? undefined : closedEarly(this.begun));
  }

  #wrongStatus(): string | undefined {
    const { status } = this.#answer;
    if (status === 0 || statusIsExpected(this.#http.expectedCodes, status)) {
      return undefined;
    }
    return `wrong status: ${status} instead of ${this.#http.expectedCodes}`;
  }
}

/** Words for a member that closed before its answer was complete. */
export function closedEarly(begun: boolean): string {
  return begun ? 'closed the connection in the middle of its answer' : 'closed the connection without an answer';
}

function requestText(http: HttpRequest, address: string, port: number): string {
  const { method, path, version } = http;
  const host = http.host ?? (version === '1.1' ? hostHeader(address, port, http.tls ? 443 : 80) : null);
  const lines = [
    `${method} ${path} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    'User-Agent: sluice-health-check',
    'Accept: */*',
    ...(WITH_BODY.has(method) ? ['Content-Length: 0'] : []),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function hostHeader(address: string, port: number, defaultPort: number): string {
  const host = addressFamily(address) === 6 ? `[${address}]` : address;
  return port === defaultPort ? host : `${host}:${port}`;
}
