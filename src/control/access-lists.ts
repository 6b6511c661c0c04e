/** Operations on access lists: blocks of client addresses that listeners let in or keep out (LI-5). */
import type { AccessList, State } from '../model/state.js';
import type { AccessListCreate, AccessListPatch } from '../schema/collections.js';
import { MAX_CIDRS } from '../schema/fields.js';
import { projectFor, requireOwn } from './access.js';
import { patched, withEntry } from './edit.js';
import { made } from './made.js';
import type { Context, Operation } from './operation.js';
import { conflict, invalid, notFound } from './refusals.js';

export function createAccessList({ project_id, ...written }: AccessListCreate): Operation<AccessList> {
  return (context) => {
    const list: AccessList = { ...written, ...made(context, { project_id: projectFor(context, project_id) }) };
    refuseTooMany(list.cidrs);
    return { state: withList(context.state, list), result: list };
  };
}

export function updateAccessList(id: string, patch: AccessListPatch): Operation<AccessList> {
  return (context) => change(context, id, () => patch);
}

/** Adds blocks; those it has already are no fault. */
export function addCidrs(id: string, cidrs: readonly string[]): Operation<AccessList> {
  return (context) =>
    change(context, id, (list) => {
      const fresh = new Set(cidrs);
      for (const cidr of list.cidrs) {
        fresh.delete(cidr);
      }
      return fresh.size === 0 ? {} : { cidrs: [...list.cidrs, ...fresh] };
    });
}

/** Takes blocks out; those it does not have are no fault. An allow-list that is left empty lets nobody in. */
export function removeCidrs(id: string, cidrs: readonly string[]): Operation<AccessList> {
  return (context) =>
    change(context, id, (list) => {
      const gone = new Set(cidrs);
      const rest = list.cidrs.filter((cidr) => !gone.has(cidr));
      return rest.length === list.cidrs.length ? {} : { cidrs: rest };
    });
}

/** @throws SluiceError `conflict` while listeners refer to it: they would let everybody in */
export function deleteAccessList(id: string): Operation<void> {
  return (context) => {
    const { state } = context;
    ownList(context, id);
    const users = state.loadbalancers.flatMap(({ listeners }) => {
      return listeners.filter(({ access_list_id }) => access_list_id === id);
    });
    if (users.length > 0) {
      const names = users.slice(0, 3).map((listener) => listener.id);
      const more = users.length > names.length ? ` and ${users.length - names.length} more` : '';
      throw conflict(
        `Access List ${id} is in use by listener ${names.join(', ')}${more}. Set their access_list_id to null first`,
      );
    }
    return { state: { ...state, accesslists: withEntry(state.accesslists, id, undefined) }, result: undefined };
  };
}

function change(
  context: Context,
  id: string,
  patchFor: (list: AccessList) => AccessListPatch,
): { state: State; result: AccessList } {
  const list = ownList(context, id);
  const result = patched<AccessList>(list, patchFor(list), context.now);
  if (result === list) {
    return { state: context.state, result };
  }
  refuseTooMany(result.cidrs);
  return { state: withList(context.state, result), result };
}

function ownList({ state, caller }: Context, id: string): AccessList {
  const list = state.accesslists.get(id);
  if (!list) {
    throw notFound('accesslist', id);
  }
  requireOwn(caller, 'accesslist', list);
  return list;
}

function refuseTooMany(cidrs: readonly string[]): void {
  if (cidrs.length > MAX_CIDRS) {
    const [has, may] = [cidrs.length, MAX_CIDRS].map((number) => number.toLocaleString('en'));
    throw invalid(`cidrs: ${has} entries are too many, a list has at most ${may}; larger blocks cover more addresses`);
  }
}

function withList(state: State, list: AccessList): State {
  return { ...state, accesslists: withEntry(state.accesslists, list.id, list) };
}
