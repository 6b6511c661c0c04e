/** Commands of a worker's socket: their text and how success looks. Paths have the run directory in them already. */
import type { ProxyServer } from '../proxy-config.js';
import { endpoint } from './render.js';

/** The socket of 2.6 takes a command with its payload only if both fit a buffer of 16 KiB; longer ones close the connection. */
export const PAYLOAD_BYTES = 15_000;

/** What a dynamic server lacks by default in 2.6: without these it keeps no connection for a second request. */
const DYNAMIC_DEFAULTS = 'pool-purge-delay 5s pool-max-conn -1';
const NOTHING = /^$/;

export interface Command {
  text: string;
  /** Lines that follow; none may be empty. */
  payload?: string;
  /** What the answer is when it worked; every other answer is an error. */
  success: RegExp;
}

/** One after the other; a question's answer decides what comes next. */
export type Step =
  | { kind: 'command'; command: Command }
  | { kind: 'question'; command: Command; next: (answer: string) => readonly Command[] }
  | { kind: 'add'; key: string; server: ProxyServer; id: number }
  | { kind: 'remove'; key: string; server: ProxyServer };

/** The step of a command whose answer matters to nobody. */
export function plain(command: Command): Step {
  return { kind: 'command', command };
}

/** The text as it is sent, without the last newline. */
export function wireText(command: Command): string {
  return command.payload === undefined ? command.text : `${command.text} <<\n${command.payload.trimEnd()}\n`;
}

/** @param key `backend/server` */
export function setState(key: string, state: 'ready' | 'maint'): Command {
  return { text: `set server ${key} state ${state}`, success: NOTHING };
}

export function setWeight(key: string, weight: number): Command {
  return { text: `set server ${key} weight ${weight}`, success: NOTHING };
}

export function setAddress(key: string, server: Pick<ProxyServer, 'address' | 'port'>): Command {
  const text = `set server ${key} addr ${server.address} port ${server.port}`;
  return { text, success: /changed|no need|nothing/ };
}

/** Makes a server; it is in maintenance until {@link setState}. */
export function addServer(key: string, server: ProxyServer, id: number): Command {
  const options = `${DYNAMIC_DEFAULTS} ${server.options}`.trimEnd();
  const text = `add server ${key} ${endpoint(server)} id ${id} weight ${server.weight} ${options}`;
  return { text, success: /New server registered/ };
}

export function deleteServer(key: string): Command {
  return { text: `del server ${key}`, success: /Server deleted/ };
}

export function setVariable(name: string, value: number): Command {
  return { text: `set var proc.${name} int(${value})`, success: NOTHING };
}

export function setTicketKey(file: string, key: string): Command {
  return { text: `set ssl tls-key ${file} ${key}`, success: /updated/ };
}

export function prepareMap(path: string): Command {
  return { text: `prepare map ${path}`, success: /New version created: \d+/ };
}

/** @param version of {@link prepareMap}; without it the lines are visible at once */
export function addToMap(path: string, lines: string, version?: string): Command {
  const text = version === undefined ? `add map ${path}` : `add map @${version} ${path}`;
  return { text, payload: lines, success: NOTHING };
}

export function commitMap(path: string, version: string): Command {
  return { text: `commit map @${version} ${path}`, success: NOTHING };
}

/** @param key a word without anything that the socket takes for its own, see isPlainWord */
export function setInMap(path: string, key: string, value: string): Command {
  return { text: `set map ${path} ${key} ${value}`, success: NOTHING };
}

export function deleteFromMap(path: string, key: string): Command {
  return { text: `del map ${path} ${key}`, success: NOTHING };
}

/** Whether the socket takes this for one word and nothing else: no separators, escapes, references by number, payload marks. */
export function isPlainWord(text: string): boolean {
  return /^[\w./:~@!$&*+,=%?()[\]{}^|-]+$/.test(text);
}

export type TlsKind = 'cert' | 'ca-file' | 'crl-file';

export function newTls(kind: TlsKind, path: string): Command {
  return { text: `new ssl ${kind} ${path}`, success: /^New /i };
}

/** Contents of a file, to be visible with {@link commitTls}. */
export function setTls(kind: TlsKind, path: string, pem: string): Command {
  const payload = pem.replace(/\n\s*(?=\n)/g, '').trim();
  return { text: `set ssl ${kind} ${path}`, payload, success: /^Transaction (created|updated) for/i };
}

export function commitTls(kind: TlsKind, path: string): Command {
  return { text: `commit ssl ${kind} ${path}`, success: /Success!/ };
}

export function deleteTls(kind: TlsKind, path: string): Command {
  return { text: `del ssl ${kind} ${path}`, success: /deleted!/ };
}

export function addToList(list: string, line: string): Command {
  return { text: `add ssl crt-list ${list}`, payload: line, success: /Success!/ };
}

/** Lines of a list with their numbers. */
export function showList(list: string): Command {
  return { text: `show ssl crt-list -n ${list}`, success: /^# / };
}

/** @param line the line's number, which matters where a certificate has several */
export function deleteFromList(list: string, certificate: string, line: string): Command {
  return { text: `del ssl crt-list ${list} ${certificate}:${line}`, success: /deleted in crtlist/ };
}
