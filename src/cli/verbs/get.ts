/** sluice get and show RESOURCE */
import type { Query } from '../connection/client.js';
import type { Json, ResourceType } from '../resources/resource.js';
import { pairOf, splitList } from '../resources/values.js';
import type { Format } from '../terminal.js';
import { type Flags, readFields } from './body.js';
import { collectionPath, isNested, list, objectIn } from './collection.js';
import type { Context } from './context.js';
import type { Placed } from './labels.js';
import { listNested, parentType } from './names.js';
import { parentFlag } from './place.js';
import { attributeLines, columnsNamed, idLines, loadLabels, OWNER, objectLines, shownValue } from './present.js';
import { forSeveral } from './several.js';
import { compareBy } from './sort.js';

export interface GetFlags {
  output: Format;
  quiet?: boolean;
  columns?: string[];
  sort?: string[];
  limit?: number;
  filter?: string[];
  project?: string;
  allProjects?: boolean;
}

export async function runGet(
  context: Context,
  type: ResourceType,
  below: string | undefined,
  flags: Flags & GetFlags,
): Promise<void> {
  const found = await search(context, type, below, flags);
  const { terminal, labels } = context;
  if (flags.quiet) {
    await terminal.print('table', undefined, () => idLines(type, found));
    return;
  }
  const names = flags.columns ? splitList(flags.columns) : [...ownerColumn(type, flags), ...type.columns];
  const columns = columnsNamed(type, names, found);
  if (flags.output !== 'table' && !flags.columns) {
    await terminal.print(flags.output, found.map(withParent(type)), () => []);
    return;
  }
  await loadLabels(type, columns, found, labels);
  const picked = (): Json[] =>
    found.map((placed) =>
      Object.fromEntries(
        columns.map((column) => [column.name, placed.object[column.name] ?? shownValue(type, column, placed, labels)]),
      ),
    );
  await terminal.print(flags.output, flags.output === 'table' ? undefined : picked(), () =>
    found.length === 0 ? nothing(type, context) : objectLines(type, columns, found, labels, terminal.paint),
  );
}

async function search(
  context: Context,
  type: ResourceType,
  below: string | undefined,
  flags: Flags & GetFlags,
): Promise<Placed[]> {
  const { client, names } = context;
  const parentName = below ?? (type.parent && (flags[parentFlag(type)] as string | undefined));
  const parent = parentName === undefined ? undefined : await names.find(parentType(type), parentName);
  const scope = async (): Promise<string | undefined> => parent && (await names.loadBalancerOf(parent));
  const query = await queryOf(context, type, flags, scope);
  if (isNested(type)) {
    const found = await listNested(client, type, parent?.key ?? (await names.ownParent(type)), query);
    return (flags.sort ? found.sort(compareBy(splitList(flags.sort))) : found).slice(0, flags.limit);
  }
  const field = type.parent?.field;
  const objects = await list(
    client,
    type,
    undefined,
    field && parent ? { ...query, [field]: parent.key } : query,
    flags.limit,
  );
  return objects.map((object) => ({ object }));
}

async function queryOf(
  context: Context,
  type: ResourceType,
  flags: Flags & GetFlags,
  scope: () => Promise<string | undefined>,
): Promise<Query> {
  const filters = await readFields(context, type, 'get', flags, scope);
  const plain = Object.entries(filters).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]);
  return {
    ...type.listQuery,
    ...(type.owned ? await projectQuery(context, flags) : {}),
    ...(Object.fromEntries(plain) as Query),
    ...Object.fromEntries((flags.filter ?? []).map(pairOf)),
    ...(flags.sort ? { sort: splitList(flags.sort).join(',') } : {}),
  };
}

/** Lists are of the token's own project unless said otherwise; the Unix socket has none and sees all. */
async function projectQuery({ client, names }: Context, { project, allProjects }: GetFlags): Promise<Query> {
  if (project !== undefined) {
    return { project_id: await names.keyOf('project', project) };
  }
  const own = allProjects ? undefined : (await client.session())?.project?.id;
  return own === undefined ? {} : { project_id: own };
}

function ownerColumn(type: ResourceType, { allProjects }: GetFlags): string[] {
  return type.owned && allProjects ? [OWNER.name] : [];
}

/** The parent's id belongs to what is printed where only the URL says it. */
function withParent(type: ResourceType): (placed: Placed) => Json {
  return ({ object, parentId }) =>
    parentId === undefined ? object : { [type.parent?.field ?? `${type.parent?.type}_id`]: parentId, ...object };
}

function nothing(type: ResourceType, { terminal }: Context): string[] {
  terminal.note(`no ${type.nouns}`);
  return [];
}

export async function runShow(
  context: Context,
  type: ResourceType,
  written: readonly string[],
  flags: { output: Format; columns?: string[] },
): Promise<void> {
  const wanted: Array<string | undefined> = written.length === 0 ? [undefined] : [...written];
  const { results, finish } = await forSeveral(
    context,
    wanted,
    `reading ${type.noun}`,
    async (name): Promise<Placed> => {
      if (name === undefined) {
        const answer = await context.client.get<Json>(`${collectionPath(type)}/${type.whole}`);
        context.terminal.note(`these are the ${type.whole}; name a ${type.calledBy} for what it has`);
        return { object: objectIn(type, answer) };
      }
      const place = await context.names.find(type, name);
      return { object: await context.names.object({ ...place, object: undefined }), parentId: place.parentId };
    },
  );
  const shown = results.map((placed) => ({ ...placed, object: pick(placed.object, flags.columns) }));
  const { terminal, labels } = context;
  if (flags.output === 'table') {
    const texts: string[] = [];
    for (const placed of shown) {
      texts.push((await attributeLines(type, placed, labels, terminal.paint)).join('\n'));
    }
    await terminal.line(texts.join('\n\n'));
  } else {
    const values = shown.map(withParent(type));
    await terminal.print(flags.output, values.length === 1 ? values[0] : values, () => []);
  }
  finish();
}

function pick(object: Json, columns: readonly string[] | undefined): Json {
  return columns ? Object.fromEntries(splitList(columns).map((name) => [name, object[name]])) : object;
}
