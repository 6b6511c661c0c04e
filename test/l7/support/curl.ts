/** curl as a client in the lab. */
import type { Lab } from '../../../src/lab/lab.js';

export interface CurlOptions {
  /** Address that every host name leads to. */
  to?: string;
  /** `client1`… Default `client1`. */
  from?: string;
  /** Method, with a body as well. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** File of the authority that servers are verified with; without one they are not verified. */
  ca?: string;
  /** Files of a client certificate. */
  certificate?: { certificate: string; key: string };
  /** More of curl's own options: `--http2`, `--compressed`… */
  options?: readonly string[];
}

/** What the backend `app.mjs` says of a request. */
export interface Echo {
  backend: string;
  /** Number of the connection, and of the request on it, from 1. */
  connection: number;
  request: number;
  proxy: ProxyHeader | null;
  method: string;
  url: string;
  version: string;
  /** Names in small letters. */
  headers: Record<string, string[]>;
  client: { address: string; port: number };
  body: { length: number; sha256: string; text: string };
}

export interface ProxyHeader {
  version: 1 | 2;
  family: string;
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
}

export interface Response {
  /** curl's exit code: 0 when an answer was complete. */
  code: number;
  /** 0: there was no answer. */
  status: number;
  /** `1.1`, `2` */
  version: string;
  /** Of the last answer; names in small letters. */
  headers: Record<string, string[]>;
  body: string;
  /** Bytes of the body as they came. */
  size: number;
  /** s */
  seconds: number;
  error: string;
  /** The body, where the backend is an `app.mjs`. @throws SyntaxError when it is something else */
  echo(): Echo;
}

const MARK = '\n--what-curl-says--';
const SECONDS = '30';

/** One request. Never rejects for what the server does. */
export async function curl(lab: Lab, url: string, options: CurlOptions = {}): Promise<Response> {
  const { code, stdout } = await lab.run(options.from ?? 'client1', ['curl', ...words(options), url]);
  return parse(code, stdout);
}

/** Several requests over the same connection where the server keeps it, one after the other. */
export async function curlAll(lab: Lab, urls: readonly string[], options: CurlOptions = {}): Promise<Response[]> {
  const each = urls.flatMap((url, index) => [...(index > 0 ? ['--next'] : []), ...words(options), url]);
  const { code, stdout } = await lab.run(options.from ?? 'client1', ['curl', ...each]);
  const said = stdout.split(MARK);
  // Each part but the first begins with what curl says of the answer before it, in one line.
  return said.slice(0, -1).map((answer, index) => {
    const own = index === 0 ? answer : answer.slice(answer.indexOf('\n') + 1);
    const about = said[index + 1]!.split('\n', 1)[0]!;
    return parse(code, `${own}${MARK}${about}\n`);
  });
}

/** The address of a URL in words for humans, `-w`. */
function words(options: CurlOptions): string[] {
  const { to, method, headers = {}, body, ca, certificate } = options;
  return [
    ...['-sS', '-i', '--max-time', SECONDS, '-w', `${MARK}%{json}\n`],
    ...(to ? ['--connect-to', `::${to}:`] : []),
    ...(ca ? ['--cacert', ca] : ['-k']),
    ...(certificate ? ['--cert', certificate.certificate, '--key', certificate.key] : []),
    ...(method ? ['-X', method] : []),
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(body === undefined ? [] : ['--data-binary', body]),
    ...(options.options ?? []),
  ];
}

interface Said {
  http_code: number;
  http_version: string;
  size_download: number;
  time_total: number;
  errormsg: string | null;
}

function parse(code: number, stdout: string): Response {
  const at = stdout.lastIndexOf(MARK);
  const said = JSON.parse(stdout.slice(at + MARK.length)) as Said;
  const { headers, body } = split(stdout.slice(0, at));
  return {
    code,
    status: said.http_code,
    version: said.http_version,
    headers,
    body,
    size: said.size_download,
    seconds: said.time_total,
    error: said.errormsg ?? '',
    echo: () => JSON.parse(body) as Echo,
  };
}

/** Header and body of the last answer: interim ones and redirects that curl follows come before it. */
function split(text: string): Pick<Response, 'headers' | 'body'> {
  const headers: Record<string, string[]> = {};
  let rest = text;
  let head = '';
  while (/^HTTP\/[\d.]+ \d/.test(rest)) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    head = rest.slice(0, end);
    rest = rest.slice(end + 4);
  }
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()];
  }
  return { headers, body: rest };
}
