/** HTTPS checks, one at a time. The member's certificate is not verified: a check asks whether it serves, not who it is. */
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { causeOfCode, timedOut } from './causes.js';
import type { HttpRequest } from './checks.js';
import { closedEarly, HttpConversation } from './http.js';
import type { ProbeOutcome } from './thresholds.js';
import { serverNameOption } from './tls-hello.js';

/** One HTTPS check, in a form that may cross to another thread. */
export interface HttpsProbe {
  address: string;
  port: number;
  timeoutMs: number;
  request: HttpRequest;
}

/** Errors of this process: they say nothing about the member. */
const LOCAL = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EPERM', 'EAGAIN']);

/** What OpenSSL calls it, and what that means here. */
const REASONS: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'answered something that is not TLS: does the member speak plain HTTP on that port?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'answered something that is not TLS',
  ERR_SSL_HTTP_REQUEST: 'answered something that is not TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the member speaks no TLS 1.2 or newer',
  ERR_SSL_DH_KEY_TOO_SMALL: "the member's Diffie-Hellman key is too small",
  ERR_SSL_EE_KEY_TOO_SMALL: "the key of the member's certificate is too small",
};

let context: SecureContext | undefined;

/** Never rejects. */
export async function probeHttps(probe: HttpsProbe): Promise<ProbeOutcome> {
  context ??= createSecureContext();
  return await new Promise((resolve) => new HttpsAttempt(probe, resolve).begin(context!));
}

class HttpsAttempt {
  readonly #probe: HttpsProbe;
  readonly #conversation: HttpConversation;
  readonly #resolve: (outcome: ProbeOutcome) => void;
  readonly #started = performance.now();
  #stage: 'connecting' | 'handshake' | 'asked' = 'connecting';
  #close: () => void = () => undefined;

  constructor(probe: HttpsProbe, resolve: (outcome: ProbeOutcome) => void) {
    this.#probe = probe;
    this.#conversation = new HttpConversation(probe.request, probe.address, probe.port);
    this.#resolve = resolve;
  }

  begin(secureContext: SecureContext): void {
    const { address: host, port, timeoutMs, request } = this.#probe;
    // What has arrived by now is looked at first: a thread that is late must not take its own lateness for the member's.
    const timer = setTimeout(() => setImmediate(() => this.#fail(this.#timedOut())), timeoutMs);
    const secure = connect({
      host,
      port,
      secureContext,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...serverNameOption(request.host),
    });
    this.#close = () => {
      clearTimeout(timer);
      secure.destroy();
    };
    secure.on('connect', () => {
      this.#stage = 'handshake';
    });
    secure.on('secureConnect', () => {
      this.#stage = 'asked';
      secure.write(this.#conversation.send);
    });
    secure.on('data', (bytes: Buffer) => {
      if (this.#conversation.hear(bytes)) {
        this.#judge();
      }
    });
    secure.on('close', () => {
      this.#conversation.close();
      this.#judge();
    });
    secure.on('error', (error) => this.#failWith(error));
  }

  #judge(): void {
    const cause = this.#conversation.cause();
    this.#finish(
      cause === undefined
        ? { ok: true, milliseconds: performance.now() - this.#started }
        : { ok: false, cause: this.#stage === 'asked' ? cause : closedInHandshake() },
    );
  }

  #failWith(error: NodeJS.ErrnoException): void {
    const { code = '' } = error;
    const local = LOCAL.has(code);
    this.#finish({ ok: false, cause: this.#causeOf(error), ...(local ? { local } : {}) });
  }

  #causeOf(error: NodeJS.ErrnoException & { reason?: string }): string {
    const { code = '', reason, message } = error;
    if (code === 'ECONNRESET' && this.#stage === 'handshake') {
      return closedInHandshake();
    }
    if (code === 'ECONNRESET' && this.#stage === 'asked') {
      return closedEarly(this.#conversation.begun);
    }
    if (code.startsWith('E') && !code.startsWith('ERR_')) {
      return causeOfCode(code, this.#probe.timeoutMs);
    }
    const alert = /\balert (.+)$/.exec(reason ?? '');
    if (alert) {
      return `TLS error: the member answered with alert ${alert[1]}`;
    }
    return `TLS error: ${REASONS[code] ?? reason ?? message}`;
  }

  #timedOut(): string {
    const details = {
      connecting: undefined,
      handshake: 'connected, but the TLS handshake was not answered',
      asked: this.#conversation.begun ? 'the answer stopped half-way' : 'connected, but no answer',
    };
    return timedOut(this.#probe.timeoutMs, details[this.#stage]);
  }

  #fail(cause: string): void {
    this.#finish({ ok: false, cause });
  }

  /** The first outcome counts. */
  #finish(outcome: ProbeOutcome): void {
    this.#close();
    this.#resolve(outcome);
  }
}

function closedInHandshake(): string {
  return 'TLS error: closed the connection during the handshake';
}
