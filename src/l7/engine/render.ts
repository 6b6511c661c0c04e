/** haproxy.cfg from a ProxyConfig, and back: a restarted daemon reads from it what runs. */
import type { ProxyBackend, ProxyConfig, ProxyServer } from '../proxy-config.js';
import { withoutRun, withRun } from './paths.js';
import { serverIds } from './server-ids.js';

/** Comments that begin with this separate the parts. */
const MARK = '#: ';
const SERVER = /^ {2}server (\S+) (\S+):(\d+) id \d+ weight (\d+)( disabled)?(?: (.*))?$/;

const rendered = new WeakMap<ProxyBackend, string>();

/** What {@link parseConfig} gives back: the parts of a ProxyConfig that stand in haproxy.cfg. */
export type Sections = Pick<ProxyConfig, 'base' | 'frontends' | 'backends' | 'variables'>;

/** The whole file; its order is that of the configuration. */
export function renderConfig(config: Sections, run: string): string {
  const parts = [`${MARK}base\n${config.base.trimEnd()}\n`];
  if (config.variables.size > 0) {
    const lines = [...config.variables].map(([name, value]) => `  set-var proc.${name} int(${value})\n`);
    parts.push(`${MARK}variables\nglobal\n${lines.join('')}`);
  }
  for (const [name, text] of config.frontends) {
    parts.push(`${MARK}frontend ${name}\n${text.trimEnd()}\n`);
  }
  for (const [name, backend] of config.backends) {
    parts.push(backendText(name, backend));
  }
  return withRun(parts.join('\n'), run);
}

/** Whether what stands in haproxy.cfg may differ: by reference, which is enough since what did not change keeps its own. */
export function sectionsDiffer(a: Sections, b: Sections): boolean {
  return a.base !== b.base || a.frontends !== b.frontends || a.backends !== b.backends || a.variables !== b.variables;
}

function backendText(name: string, backend: ProxyBackend): string {
  let text = rendered.get(backend);
  if (text === undefined) {
    const ids = serverIds(backend.servers);
    const lines = [...backend.servers].map(([server, what]) => `${serverLine(server, what, ids.get(server)!)}\n`);
    text = `${MARK}backend ${name}${backend.dynamic ? ' dynamic' : ''}\n${backend.text.trimEnd()}\n${lines.join('')}`;
    rendered.set(backend, text);
  }
  return text;
}

function serverLine(name: string, server: ProxyServer, id: number): string {
  const state = server.up ? '' : ' disabled';
  const options = server.options === '' ? '' : ` ${server.options}`;
  return `  server ${name} ${endpoint(server)} id ${id} weight ${server.weight}${state}${options}`;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`. */
export function endpoint(server: Pick<ProxyServer, 'address' | 'port'>): string {
  return server.address.includes(':') ? `[${server.address}]:${server.port}` : `${server.address}:${server.port}`;
}

/** @returns undefined where the text is not one of {@link renderConfig} */
export function parseConfig(text: string, run: string): Sections | undefined {
  const [before, ...parts] = `\n${withoutRun(text, run)}`.split(`\n${MARK}`);
  if (before !== '') {
    return undefined;
  }
  const sections = { base: '', frontends: new Map(), backends: new Map(), variables: new Map() } satisfies Sections;
  for (const part of parts) {
    const end = part.indexOf('\n');
    const [kind, name, dynamic] = part.slice(0, end).split(' ');
    const body = part.slice(end + 1).trimEnd();
    if (kind === 'base') {
      sections.base = body;
    } else if (kind === 'variables') {
      for (const [, variable, value] of body.matchAll(/set-var proc\.(\S+) int\((-?\d+)\)/g)) {
        sections.variables.set(variable, Number(value));
      }
    } else if (kind === 'frontend') {
      sections.frontends.set(name, body);
    } else {
      sections.backends.set(name, parseBackend(body, dynamic === 'dynamic'));
    }
  }
  return sections;
}

function parseBackend(body: string, dynamic: boolean): ProxyBackend {
  const servers = new Map<string, ProxyServer>();
  const kept: string[] = [];
  for (const line of body.split('\n')) {
    const match = SERVER.exec(line);
    if (match === null) {
      kept.push(line);
      continue;
    }
    const [, name, address, port, weight, disabled, options] = match;
    servers.set(name!, {
      address: address!.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port),
      options: options ?? '',
      weight: Number(weight),
      up: disabled === undefined,
      memberId: '',
    });
  }
  return { text: kept.join('\n'), dynamic, servers };
}
