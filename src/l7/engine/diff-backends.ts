/** Differences of backends and their servers. */
import type { ProxyBackend, ProxyConfig, ProxyServer } from '../proxy-config.js';
import { type Command, plain, type Step, setAddress, setState, setWeight } from './commands.js';
import type { Part } from './diff.js';
import { sameText } from './kinds.js';
import { serverIds } from './server-ids.js';

type Backends = ReadonlyMap<string, ProxyBackend>;

export function diffBackends(previous: Backends, next: Backends): Part {
  if (previous === next) {
    return {};
  }
  const steps: Step[] = [];
  const after: Step[] = [];
  const reload: string[] = [];
  for (const [name, backend] of next) {
    const before = previous.get(name);
    if (before === backend) {
      continue;
    }
    if (before === undefined) {
      reload.push(`backend ${name} is new`);
    } else if (!sameText(before.text, backend.text) || before.dynamic !== backend.dynamic) {
      reload.push(`backend ${name} changed`);
    } else if (before.servers !== backend.servers) {
      diffServers(name, before, backend, { steps, after, reload });
    }
  }
  for (const name of previous.keys()) {
    if (!next.has(name)) {
      reload.push(`backend ${name} is gone`);
    }
  }
  return { steps, after, reload };
}

function diffServers(
  name: string,
  previous: ProxyBackend,
  next: ProxyBackend,
  part: Required<Omit<Part, 'before'>>,
): void {
  for (const [server, what] of next.servers) {
    const before = previous.servers.get(server);
    const key = `${name}/${server}`;
    if (before !== undefined && before.options === what.options) {
      part.steps.push(...serverChanges(key, before, what).map(plain));
    } else if (before !== undefined) {
      part.reload.push(`server ${key} changed`);
    } else if (next.dynamic) {
      part.steps.push({ kind: 'add', key, server: what, id: serverIds(next.servers).get(server)! });
    } else {
      part.reload.push(`server ${key} is new`);
    }
  }
  for (const [server, what] of previous.servers) {
    if (next.servers.has(server)) {
      continue;
    }
    const key = `${name}/${server}`;
    if (next.dynamic) {
      part.after.push({ kind: 'remove', key, server: what });
    } else {
      part.reload.push(`server ${key} is gone`);
    }
  }
}

/** What makes a server that is there be as wanted: it leaves before anything else, and comes back after everything else. */
export function serverChanges(
  key: string,
  previous: Omit<ProxyServer, 'options' | 'memberId'>,
  next: Omit<ProxyServer, 'options' | 'memberId'>,
): Command[] {
  const commands: Command[] = [];
  if (previous.up && !next.up) {
    commands.push(setState(key, 'maint'));
  }
  if (previous.address !== next.address || previous.port !== next.port) {
    commands.push(setAddress(key, next));
  }
  if (previous.weight !== next.weight) {
    commands.push(setWeight(key, next.weight));
  }
  if (!previous.up && next.up) {
    commands.push(setState(key, 'ready'));
  }
  return commands;
}

/**
 * The running configuration with weights and states of servers as they are to be: what can be done at once while the rest has
 * to wait for a reload.
 * @returns `running` itself where that changes nothing
 */
export function withServerStates(running: ProxyConfig, wanted: ProxyConfig): ProxyConfig {
  const backends = new Map<string, ProxyBackend>();
  let changed = false;
  for (const [name, backend] of running.backends) {
    const servers = serversWithStates(backend.servers, wanted.backends.get(name)?.servers);
    changed ||= servers !== backend.servers;
    backends.set(name, servers === backend.servers ? backend : { ...backend, servers });
  }
  return changed ? { ...running, backends } : running;
}

type Servers = ReadonlyMap<string, ProxyServer>;

/** Servers that are to go get nothing new either. */
function serversWithStates(running: Servers, wanted: Servers | undefined): Servers {
  if (wanted === undefined || wanted === running) {
    return running;
  }
  let changed = false;
  const servers = new Map<string, ProxyServer>();
  for (const [name, server] of running) {
    const { weight, up } = wanted.get(name) ?? { weight: server.weight, up: false };
    const same = weight === server.weight && up === server.up;
    changed ||= !same;
    servers.set(name, same ? server : { ...server, weight, up });
  }
  return changed ? servers : running;
}
