/** Other clients in the lab than curl: WebSockets, HTTP/2 by hand, bytes as they are, TLS by openssl, scanners. */
import type { Lab } from '../../../src/lab/lab.js';
import type { Echo } from './curl.js';
import { PYTHON, program } from './files.js';

const CLIENT = 'client1';

export interface WebSocketOrder {
  /** `ws://…` or `wss://…`: what the client names; it connects to host and port. */
  url: string;
  host: string;
  port: number;
  /** File of the authority, for `wss`. */
  ca?: string;
  /** Texts, each of which is awaited back. */
  messages?: readonly string[];
  /** So many bytes there and back. */
  binary?: number;
  /** Seconds of silence before the last message. */
  idle?: number;
}

export interface WebSocketResult {
  greeting: { backend: string; url: string; headers: Record<string, string> };
  echoes: (string | boolean)[];
  /** 1000: closed in good order. */
  code: number;
}

/** By python3-websockets. @throws LabError with its traceback */
export async function webSocket(lab: Lab, order: WebSocketOrder): Promise<WebSocketResult> {
  return JSON.parse(await lab.runOrThrow(CLIENT, [PYTHON, program('websocket.py'), JSON.stringify(order)]));
}

export interface H2WebSocketOrder {
  host: string;
  port: number;
  /** The host a client names. */
  name: string;
  /** PEM of the authority. */
  ca: string;
  path: string;
  message: string;
}

export interface H2WebSocketResult {
  /** SETTINGS_ENABLE_CONNECT_PROTOCOL */
  offered: boolean;
  status: number;
  greeting: { backend: string; url: string; headers: Record<string, string> };
  echo: string;
  /** Status of an ordinary request on the same connection. */
  beside: number;
}

/** A WebSocket in a stream of HTTP/2, by Node. @throws LabError with its words */
export async function h2WebSocket(lab: Lab, order: H2WebSocketOrder): Promise<H2WebSocketResult> {
  return JSON.parse(
    await lab.runOrThrow(CLIENT, [process.execPath, program('h2-websocket.mjs'), JSON.stringify(order)]),
  );
}

export type RawStep =
  | { send: string; repeat?: number }
  | { drip: string; every: number }
  | { pause: number }
  | { await: string };

export interface RawOrder {
  address: string;
  port: number;
  tls?: boolean;
  /** SNI. */
  name?: string;
  steps: readonly RawStep[];
  /** Seconds after which it gives up, default 5. */
  patience?: number;
  /** It ends once this has come; without it, when the other side closes. */
  until?: string;
}

export interface RawResult {
  /** latin-1 */
  received: string;
  /** `open`: the other side had not ended it when patience was over. */
  ended: 'closed' | 'reset' | 'open' | 'refused';
  seconds: number;
}

/** Bytes as they are. */
export async function raw(lab: Lab, order: RawOrder, from = CLIENT): Promise<RawResult> {
  return JSON.parse(await lab.runOrThrow(from, [PYTHON, program('raw.py'), JSON.stringify(order)]));
}

/** Statuses of all answers in what came, in their order. */
export function statuses({ received }: RawResult): number[] {
  return answersIn(received).map(({ status }) => status);
}

/** Bodies of answers of `app.mjs` in what came, in their order. */
export function echoes({ received }: RawResult): Echo[] {
  const bodies = answersIn(received).map(({ body }) => body);
  return bodies.filter((body) => body.startsWith('{"backend"')).map((body) => JSON.parse(body) as Echo);
}

/** Answers with a Content-Length; without one the rest belongs to it. */
function answersIn(received: string): { status: number; body: string }[] {
  const found = [];
  for (let rest = received; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const head = rest.slice(0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const after = length === undefined ? rest.length : end + 4 + Number(length);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    found.push({ status, body: rest.slice(end + 4, after) });
    rest = rest.slice(after);
  }
  return found;
}

export interface TlsResult {
  /** Whether the handshake succeeded. */
  ok: boolean;
  /** `TLSv1.3` */
  version: string;
  cipher: string;
  /** `h2`, or empty. */
  alpn: string;
  /** Common name of the server's certificate. */
  subject: string;
  /** How many certificates the server sent. */
  chain: number;
  /** `0 (ok)` */
  verified: string;
  resumed: boolean;
  /** Seconds the server's session ticket is good for. */
  ticketLifetime: number | undefined;
  /** What openssl said in full. */
  text: string;
}

export interface TlsOptions {
  name?: string;
  /** More of s_client's options. */
  options?: readonly string[];
  /** Sent once the connection is made, for tickets of TLS 1.3 to come. Default a request; empty: the handshake is all. */
  input?: string;
}

/** openssl s_client. Never rejects for what the server does. */
export async function tls(lab: Lab, address: string, port: number, options: TlsOptions = {}): Promise<TlsResult> {
  const { name, input = `GET / HTTP/1.0\r\nHost: ${name ?? address}\r\n\r\n` } = options;
  const words = ['-connect', `${address}:${port}`, ...(name ? ['-servername', name] : ['-noservername'])];
  // Without input the end of it ends the connection as soon as it is made; else the server ends it.
  const stay = input === '' ? [] : ['-ign_eof'];
  const argv = ['openssl', 's_client', ...words, ...stay, ...(options.options ?? [])];
  const { stdout, stderr } = await lab.run(CLIENT, argv, { input, timeoutMs: 20_000 });
  const text = `${stdout}\n${stderr}`;
  const find = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  const cipher = find(/Cipher is (\S+)/);
  const lifetime = find(/lifetime hint: (\d+)/);
  return {
    ok: cipher !== '' && cipher !== '(NONE)',
    version: find(/^(?:New|Reused), ([^,]+), /m),
    cipher,
    alpn: find(/^ALPN protocol: (\S+)/m),
    subject: find(/^subject=.*?CN ?= ?([^,\n]+)/m),
    chain: [...text.matchAll(/^ *\d+ s:/gm)].length,
    verified: find(/Verify return code: (.+)/),
    resumed: /^Reused, /m.test(text),
    ticketLifetime: lifetime === '' ? undefined : Number(lifetime),
    text,
  };
}

export interface ScanResult {
  /** `TLSv1.2`, … that the server accepts. */
  versions: string[];
  /** By version; names as openssl has them. */
  ciphers: Record<string, string[]>;
  compression: boolean;
  heartbleed: boolean;
}

/** sslscan, which tries every version and cipher by itself instead of by the openssl library. */
export async function scanTls(lab: Lab, address: string, port: number, name: string): Promise<ScanResult> {
  const argv = ['sslscan', '--xml=-', `--sni-name=${name}`, '--no-colour', `${address}:${port}`];
  const xml = await lab.runOrThrow(CLIENT, argv);
  const versions = [...xml.matchAll(/<protocol type="(ssl|tls)" version="([\d.]+)" enabled="1"/g)];
  const ciphers: Record<string, string[]> = {};
  for (const [, version, cipher] of xml.matchAll(/<cipher status="\w+" sslversion="([^"]+)"[^>]* cipher="([^"]+)"/g)) {
    ciphers[version!] = [...(ciphers[version!] ?? []), cipher!];
  }
  return {
    versions: versions.map(([, type, version]) => `${type === 'tls' ? 'TLSv' : 'SSLv'}${version}`).sort(),
    ciphers,
    compression: /<compression supported="1"/.test(xml),
    heartbleed: /<heartbleed[^>]* vulnerable="1"/.test(xml),
  };
}
