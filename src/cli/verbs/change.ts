/** sluice set, unset and delete RESOURCE */
import { SluiceError } from '../../model/errors.js';
import type { Json, ResourceType } from '../resources/resource.js';
import { editedLists, editsList, type Flags, readEntries, readFields } from './body.js';
import { keyOf, objectIn, objectPath } from './collection.js';
import type { Context } from './context.js';
import type { ChangeFlags } from './create.js';
import type { Found } from './names.js';
import { attributeOf, fieldsOf } from './options.js';
import { forSeveral } from './several.js';
import { waitUntilActive, waitUntilGone } from './wait.js';

/** An object that was changed, for the report. */
interface Changed {
  place: Found;
  object: Json | undefined;
}

export async function runSet(
  context: Context,
  type: ResourceType,
  names: readonly string[],
  flags: Flags & ChangeFlags,
): Promise<void> {
  await change(context, type, names, flags, async (place) => {
    const scope = async (): Promise<string | undefined> => await context.names.loadBalancerOf(place);
    const patch = await readFields(context, type, 'set', flags, scope);
    let answer = await sendEntries(context, place, flags);
    if (editsList(type, flags)) {
      // What lists leave out of an object is read from the object itself: a block forgotten here would be removed there.
      const current = await context.names.object({ ...place, object: undefined });
      Object.assign(patch, await editedLists(context, type, flags, { ...current, ...patch }));
    }
    if (Object.keys(patch).length > 0) {
      answer = await sendPatch(context, place, patch);
    }
    return answer;
  });
}

export async function runUnset(
  context: Context,
  type: ResourceType,
  names: readonly string[],
  flags: Flags & ChangeFlags,
): Promise<void> {
  await change(context, type, names, flags, async (place) => {
    const fields = fieldsOf(type, 'unset').filter((field) => flags[attributeOf(field)] === true);
    const patch = Object.fromEntries(fields.map(({ name }) => [name, null]));
    return fields.length > 0 ? await sendPatch(context, place, patch) : undefined;
  });
}

/** Adds and removes entries of lists that the API has actions for. */
async function sendEntries(context: Context, { type, key, parentId }: Found, flags: Flags): Promise<Json | undefined> {
  let answer: Json | undefined;
  for (const field of fieldsOf(type, 'set')) {
    const { actions } = field;
    if (actions) {
      const { added, removed } = await readEntries(context, field, flags);
      for (const [action, entries] of [[actions.remove, removed] as const, [actions.add, added] as const]) {
        if (entries) {
          const path = `${objectPath(type, key, parentId)}/${action}`;
          answer = await context.client.send<Json>('PUT', path, { [type.one]: { [field.name]: entries } });
        }
      }
    }
  }
  return answer;
}

async function sendPatch({ client }: Context, { type, key, parentId }: Found, patch: Json): Promise<Json> {
  return await client.send<Json>(type.update ?? 'PUT', objectPath(type, key, parentId), { [type.one]: patch });
}

/** @param send changes an object and resolves with the answer, undefined where no option said what to change */
async function change(
  context: Context,
  type: ResourceType,
  names: readonly string[],
  flags: ChangeFlags,
  send: (place: Found) => Promise<Json | undefined>,
): Promise<void> {
  const { results, finish } = await forSeveral(context, names, `changing ${type.noun}`, async (written) => {
    const place = await context.names.find(type, written);
    const answer = await send(place);
    if (answer === undefined) {
      throw new SluiceError('invalid_configuration', 'nothing to change; name at least one option, --help lists them');
    }
    const object = objectIn(type, answer);
    return { place, object: flags.wait ? await waitUntilActive(context, place, flags.waitTimeout) : object };
  });
  await report(context, type, 'changed', results, flags);
  finish();
}

export async function runDelete(
  context: Context,
  type: ResourceType,
  names: readonly string[],
  flags: ChangeFlags & { cascade?: boolean; ifExists?: boolean },
): Promise<void> {
  const query = flags.cascade ? { cascade: true } : {};
  const { results, finish } = await forSeveral(context, names, `deleting ${type.noun}`, async (written) => {
    try {
      const place = await context.names.find(type, written);
      await context.client.send('DELETE', objectPath(type, place.key, place.parentId), undefined, query);
      if (flags.wait) {
        await waitUntilGone(context, place, flags.waitTimeout);
      }
      return { place, object: place.object };
    } catch (error) {
      if (flags.ifExists && error instanceof SluiceError && error.code === 'not_found') {
        return undefined;
      }
      throw error;
    }
  });
  const deleted = results.filter((result) => result !== undefined);
  await report(context, type, 'deleted', deleted, flags);
  finish();
}

async function report(
  { terminal }: Context,
  type: ResourceType,
  what: string,
  changed: readonly Changed[],
  { quiet, output }: ChangeFlags,
): Promise<void> {
  if (changed.length === 0) {
    return;
  }
  if (quiet) {
    await terminal.line(changed.map(({ place }) => place.key).join('\n'));
    return;
  }
  const objects = changed.map(({ place, object }) => object ?? { [type.key ?? 'id']: place.key });
  await terminal.print(output, objects.length === 1 ? objects[0] : objects, () =>
    changed.map(({ place, object }) => {
      const key = object ? keyOf(type, object) : place.key;
      return `${what} ${type.noun} ${place.written}${key === place.written ? '' : ` (${key})`}`;
    }),
  );
}
