/** What a daemon begins with: the stored state, what an earlier release left, and what the first start makes. */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { readEarlierTree } from '../config/earlier.js';
import type { HostConfig } from '../config/host-file.js';
import { applyTree, builtInFlavors } from '../control/index.js';
import type { Context, Operation } from '../control/operation.js';
import { chooseAdminPassword, firstStart, isFirstStart, Passwords, socketCaller } from '../identity/index.js';
import { SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec, Tree } from '../model/resources.js';
import type { State } from '../model/state.js';
import { stateFromObjects } from '../store/rows.js';
import { putStateFileAside, readStateFile } from '../store/state-file.js';
import type { Store } from '../store/store.js';

export interface InitialState {
  /** To be put in force. */
  state: State;
  /** What the store holds. */
  stored: State;
  /** What was in force before: the stored state, or what an earlier release saved. The host is not asked anew whether that fits. */
  adopted: Tree;
  /** Call it once `state` is saved. */
  saved: () => void;
}

export interface InitialParts {
  config: HostConfig;
  store: Store;
  log: Logger;
  /** What operations may look at. */
  context: Omit<Context, 'state' | 'caller'>;
}

/** @throws SluiceError `state_unreadable`, or what is wrong with the host file */
export async function initialState(parts: InitialParts): Promise<InitialState> {
  const { config, store, log } = parts;
  const objects = await store.load();
  const stored = stateFromObjects(objects);
  const run = <T>(state: State, operation: Operation<T>) =>
    operation({ ...parts.context, caller: socketCaller(), state });
  // Only into a store that is new: a file that could not be put aside must not bring back what was deleted since.
  const earlier = objects.length === 0 ? readStateFile(config.gateway.state_dir) : undefined;
  let adopted: Tree = stored;
  let state = await withAdmin(withFlavors(stored), parts, run);
  if (earlier) {
    const specs = readEarlierTree(earlier.loadbalancers, earlier.path);
    state = run(state, applyTree(specs, { manager: 'apply' })).state;
    state = { ...state, hostFileHash: earlier.hostFileHash };
    adopted = state;
    log.info({ file: earlier.path, loadbalancers: specs.length }, 'took over what the earlier release had saved');
  }
  state = takeHostFile(state, parts, run);
  return { state, stored, adopted, saved: () => void (earlier && putStateFileAside(earlier)) };
}

type Run = <T>(state: State, operation: Operation<T>) => { state: State; result: T };

/** The clouds' specifications are there from the first start on; whoever deletes all of them gets them back by a restart. */
function withFlavors(state: State): State {
  if (state.flavors.size > 0 || state.flavorprofiles.size > 0) {
    return state;
  }
  const { flavors, flavorprofiles } = builtInFlavors();
  return {
    ...state,
    flavors: new Map(flavors.map((flavor) => [flavor.id, flavor])),
    flavorprofiles: new Map(flavorprofiles.map((profile) => [profile.id, profile])),
  };
}

/** Project and user `admin` of a gateway that keeps its own users; the project alone where nobody is asked who they are. */
async function withAdmin(state: State, { config, log, context }: InitialParts, run: Run): Promise<State> {
  const { auth, admin_password_file: file } = config.api;
  if (auth === 'none' && state.projects.size === 0) {
    const id = context.newId();
    return { ...state, projects: new Map([[id, { id, name: 'admin', description: '', enabled: true }]]) };
  }
  if (auth !== 'identity' || !isFirstStart(state)) {
    return state;
  }
  const { password, generated } = await chooseAdminPassword(file);
  const hash = await new Passwords().hash(password);
  if (generated) {
    log.warn(`made the user admin with the password ${password}; note it: it is shown this once`);
  }
  return run(state, firstStart(hash)).state;
}

/** Takes the host file's load balancers in when they were edited since the last start. What others manage stays theirs. */
function takeHostFile(state: State, { config, log }: InitialParts, run: Run): State {
  const hash = hashOf(config.loadbalancers);
  if (hash === state.hostFileHash || (state.hostFileHash === null && config.loadbalancers.length === 0)) {
    return state;
  }
  const operation = applyTree(config.loadbalancers, { manager: 'host-file' });
  try {
    const { state: next, result } = run(state, operation);
    const { created, updated } = result;
    log.info({ created, updated }, 'took in the load balancers of the host file, which changed since the last start');
    return { ...next, hostFileHash: hash };
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'conflict') {
      log.warn({ err: error }, 'left the load balancers of the host file alone');
      return state;
    }
    throw error;
  }
}

/** Identifies a list of load balancers: any change to it makes another hash. */
export function hashOf(loadbalancers: readonly LoadBalancerSpec[]): string {
  return createHash('sha256').update(JSON.stringify(loadbalancers)).digest('hex').slice(0, 32);
}
