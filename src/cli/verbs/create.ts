/** sluice create RESOURCE */
import type { Json, ResourceType } from '../resources/resource.js';
import type { Format } from '../terminal.js';
import { completeBody, type Flags, readFields } from './body.js';
import { collectionPath, isNested, keyOf, objectIn } from './collection.js';
import type { Context } from './context.js';
import type { Placed } from './labels.js';
import { placeOf } from './place.js';
import { attributeLines, columnsNamed, idLines, loadLabels, objectLines } from './present.js';
import { forSeveral } from './several.js';
import { waitUntilActive } from './wait.js';

export interface ChangeFlags {
  output: Format;
  quiet?: boolean;
  wait?: boolean;
  waitTimeout: number;
}

export async function runCreate(
  context: Context,
  type: ResourceType,
  names: readonly string[],
  flags: Flags & ChangeFlags,
): Promise<void> {
  const wanted: Array<string | undefined> = names.length === 0 ? [undefined] : [...names];
  const { results, finish } = await forSeveral(context, wanted, `making ${type.noun}`, async (written) => {
    return await createOne(context, type, written, flags);
  });
  await printCreated(context, type, results, flags);
  finish();
}

async function createOne(
  context: Context,
  type: ResourceType,
  written: string | undefined,
  flags: Flags & ChangeFlags,
): Promise<Placed> {
  const { parent, fields } = await placeOf(context, type, written, flags);
  const scope = async (): Promise<string | undefined> => parent && (await context.names.loadBalancerOf(parent));
  const options = await readFields(context, type, 'create', flags, scope);
  const link = parent && type.parent?.field ? { [type.parent.field]: parent.key } : {};
  const body = { ...link, ...completeBody(type, { ...fields, ...options }) };
  const parentId = isNested(type) ? parent?.key : undefined;
  const answer = await context.client.send<Json>('POST', collectionPath(type, parentId), { [type.one]: body });
  const object = objectIn(type, answer);
  if (!flags.wait) {
    return { object, parentId };
  }
  const place = { type, key: keyOf(type, object), parentId, object, written: written ?? keyOf(type, object) };
  return { object: await waitUntilActive(context, place, flags.waitTimeout), parentId };
}

/** Prints what was made: one with its attributes, several as a table. */
export async function printCreated(
  { terminal, labels }: Context,
  type: ResourceType,
  created: readonly Placed[],
  { quiet, output }: Pick<ChangeFlags, 'quiet' | 'output'>,
): Promise<void> {
  const [only] = created;
  if (!only) {
    return;
  }
  if (quiet) {
    await terminal.line(idLines(type, created).join('\n'));
  } else if (output !== 'table') {
    const objects = created.map(({ object }) => object);
    await terminal.print(output, objects.length === 1 ? objects[0] : objects, () => []);
  } else if (created.length === 1) {
    await terminal.line((await attributeLines(type, only, labels, terminal.paint)).join('\n'));
  } else {
    const columns = columnsNamed(type, type.columns, created);
    await loadLabels(type, columns, created, labels);
    await terminal.line(objectLines(type, columns, created, labels, terminal.paint).join('\n'));
  }
}
