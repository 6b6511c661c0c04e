/**
 * TLS-HELLO checks: a ClientHello goes out, and a ServerHello must come back. Nothing is computed for it, so that it costs the
 * gateway as little as an HTTP check; the member sees a handshake that is not finished.
 */
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { type Conversation, excerpt } from './conversation.js';
import { closedEarly } from './http.js';

const HANDSHAKE = 22;
const ALERT = 21;
const SERVER_HELLO = 2;
/** Record header (type, version, length), then the type of the handshake message, or level and description of the alert. */
const RECORD_HEADER = 5;

/** Alerts that a check may meet (RFC 8446, 6.2), with what to do about them. */
const ALERTS: Record<number, string> = {
  40: 'handshake_failure: it shares no parameters with the gateway, or wants a server name: set domain_name',
  42: 'bad_certificate',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  70: 'protocol_version: it speaks no TLS 1.2 or newer',
  71: 'insufficient_security',
  80: 'internal_error',
  109: 'missing_extension: it wants a server name: set domain_name',
  112: 'unrecognized_name: it does not serve this domain_name',
  116: 'certificate_required: it asks clients for a certificate',
  120: 'no_application_protocol',
};

export class HelloConversation implements Conversation {
  #heard = Buffer.alloc(0);

  /** @param send a ClientHello, see {@link clientHello} */
  constructor(readonly send: Uint8Array) {}

  get begun(): boolean {
    return this.#heard.length > 0;
  }

  hear(bytes: Uint8Array): boolean {
    this.#heard = Buffer.concat([this.#heard, bytes]);
    const [type] = this.#heard;
    const known = type === HANDSHAKE || type === ALERT;
    return !known || this.#heard.length > RECORD_HEADER + 1;
  }

  close(): void {}

  cause(): string | undefined {
    const [type] = this.#heard;
    const [first, second] = this.#heard.subarray(RECORD_HEADER);
    if (type === undefined || (first === undefined && (type === HANDSHAKE || type === ALERT))) {
      return closedEarly(this.begun);
    }
    if (type === HANDSHAKE && first === SERVER_HELLO) {
      return undefined;
    }
    if (type === ALERT && second !== undefined) {
      return alertCause(second);
    }
    return `TLS error: answered something that is not TLS: "${excerpt(this.#heard.toString('latin1'))}"`;
  }
}

/** Words for an alert of the member. */
export function alertCause(description: number): string {
  return `TLS error: the member answered with alert ${ALERTS[description] ?? description}`;
}

/**
 * The bytes of a ClientHello as this program's own TLS sends it.
 * @param serverName to ask for; null or an address: none
 */
export async function clientHello(serverName: string | null): Promise<Uint8Array> {
  let take: (bytes: Uint8Array) => void = () => undefined;
  const first = new Promise<Uint8Array>((resolve) => {
    take = resolve;
  });
  const wire = new Duplex({ read: () => undefined, write: (bytes: Buffer) => take(new Uint8Array(bytes)) });
  const secure = connect({ socket: wire, rejectUnauthorized: false, ...serverNameOption(serverName) });
  const failure = new Promise<never>((_, reject) => secure.on('error', reject));
  try {
    return await Promise.race([first, failure]);
  } finally {
    secure.destroy();
    wire.destroy();
  }
}

/** RFC 6066: addresses are no server names. */
export function serverNameOption(serverName: string | null): { servername?: string } {
  return serverName === null || isIP(serverName) > 0 ? {} : { servername: serverName.replace(/\.$/, '') };
}
