/**
 * How a kind of resource is described. Verbs, options, tables, name look-up, completion and the reference in docs/cli.md are all
 * made from these descriptions; none of them knows a resource by name.
 */

/** An object as the API answers it. */
export type Json = Record<string, unknown>;

export const VERBS = ['get', 'show', 'create', 'set', 'unset', 'delete'] as const;
export type Verb = (typeof VERBS)[number];

/** What a value looks like on the command line, and becomes in a request; `file`: the text of a file. */
export type FieldKind = 'text' | 'integer' | 'number' | 'boolean' | 'list' | 'pairs' | 'secret' | 'file';

export interface Field {
  /** In request bodies: `protocol_port`. */
  name: string;
  /** The option, without dashes; default: the name with dashes for underscores. */
  flag?: string;
  /** A second, shorter spelling of the option. */
  short?: string;
  kind: FieldKind;
  help: string;
  /** What the help calls the value; default by kind. */
  placeholder?: string;
  /** Only these, written in any case, with dashes or underscores. */
  choices?: readonly string[];
  /** The value is the id of such an object and is given by name. */
  refers?: string;
  /** A reference may also be a URL that ends in an id, which is sent as it is. */
  orUrl?: boolean;
  /** A referred name means an object of the same load balancer. */
  sameLoadBalancer?: boolean;
  /** Turns what was written into the value of the body. @throws InvalidArgumentError */
  read?: (written: string[]) => unknown;
  /** Whether `create` takes it, default true; `required`: not without it. */
  create?: boolean | 'required';
  /** Whether `set` takes it; default true. */
  set?: boolean;
  /** Whether `unset` resets it to its default; default: as `set`, unless required. */
  unset?: boolean;
  /** Whether `get` filters by it; default false. */
  filter?: boolean;
  /** What `create` sends when it is not given. */
  fallback?: unknown;
  /** For lists: `@FILE` stands for the lines of a file. */
  fromFile?: boolean;
  /** For lists: its entries are blocks of addresses, which the API answers in canonical form. */
  blocks?: boolean;
  /** For lists: actions of the API that add and remove entries, so that a long list need not be sent; else it is read and written. */
  actions?: { add: string; remove: string };
  /** For lists: what one entry is called in `--add-…` and `--remove-…` of `set`; undefined: only replaced as a whole. */
  entry?: string;
}

/** What a kind of resource is below. */
export interface Parent {
  /** Kind of the parent. */
  type: string;
  /** The attribute of requests that names it; undefined: its id is part of the URL. */
  field?: string;
  /** A second spelling of its option. */
  short?: string;
  /** Ids of an object's parents where they are not in the URL. */
  idsOf?: (object: Json) => readonly string[];
  /** Without a name it is the user of the token. */
  self?: boolean;
  /** A field that makes the parent dispensable in `create`: the server finds it. */
  orField?: string;
}

export interface Column {
  /** What `--columns` calls it. */
  name: string;
  /** Default: the name in capitals. */
  title?: string;
  /** Default: the attribute of that name. */
  value?: (object: Json) => unknown;
  /** The value is an id, or a list of ids, of objects of this kind, or of one of these, and is shown as their names. */
  refers?: string | readonly string[];
  /** Numbers stand at the right. */
  right?: boolean;
  /** Coloured by what it says. */
  status?: boolean;
}

/**
 * How an object is called on the command line, besides its id:
 * - `name`: by its name, behind its parent's and a slash
 * - `endpoint`: also by ADDRESS:PORT
 * - `parent`: as the one of its kind that its parent has, by the parent's name
 * - `id`: only by its id
 */
export type Naming = 'name' | 'endpoint' | 'parent' | 'id';

export interface Example {
  command: string;
  note?: string;
}

export interface ResourceType {
  /** As in commands: `listener`. */
  name: string;
  /** Other words for it in commands. */
  aliases: readonly string[];
  /** In sentences: `load balancer`. */
  noun: string;
  /** Plural of the noun. */
  nouns: string;
  /** One sentence: what it is. */
  about: string;
  /** Path of the collection; `{parent}` stands for the parent's id. */
  path: string;
  /** Keys of one object and of a list in bodies. */
  one: string;
  many: string;
  /** The attribute that URLs have: an id, unless said. */
  key?: string;
  naming: Naming;
  parent?: Parent;
  verbs: readonly Verb[];
  /** Default PUT. */
  update?: 'PUT' | 'PATCH';
  fields: readonly Field[];
  /** Columns of `get`, in order; their names. */
  columns: readonly string[];
  /** Columns that are more than an attribute under its own name. */
  special?: readonly Column[];
  /** How many `get` lists unless said; default: all. */
  defaultLimit?: number;
  /** Lists have an order of their own that `--sort` cannot change. */
  unsorted?: boolean;
  /** Parameters of every list request. */
  listQuery?: Readonly<Record<string, string>>;
  /** Has a provisioning_status that `--wait` watches. */
  stateful?: boolean;
  /** Belongs to a project: `--project`, `--all-projects`. */
  owned?: boolean;
  /** `delete --cascade` takes what is below it too. */
  cascade?: boolean;
  /** The kind whose names and ids stand for it: a quota is called by its project. */
  calledBy?: string;
  /** What `show` without a name shows, as the last part of its URL. */
  whole?: string;
  examples: Partial<Record<Verb, readonly Example[]>>;
}

/** The option of a field, without dashes. */
export function flagOf({ flag, name }: Field): string {
  return flag ?? name.replaceAll('_', '-');
}

/** Whether a verb takes a field. */
export function takes(field: Field, verb: Verb): boolean {
  switch (verb) {
    case 'create':
      return field.create !== false;
    case 'set':
      return field.set !== false;
    case 'unset':
      return field.unset ?? (field.set !== false && field.create !== 'required');
    case 'get':
      return field.filter === true;
    default:
      return false;
  }
}

/** What `--enable` and `--disable` stand for. */
export const ADMIN_STATE: Field = {
  name: 'admin_state_up',
  kind: 'boolean',
  filter: true,
  unset: false,
  help: 'whether it is in use',
};

/** As {@link ADMIN_STATE}, under the name that flavors, projects and users have for it. */
export const ENABLED: Field = { ...ADMIN_STATE, name: 'enabled' };

export const NAME: Field = { name: 'name', kind: 'text', filter: true, help: 'name' };
export const DESCRIPTION: Field = { name: 'description', kind: 'text', help: 'text for people', placeholder: 'text' };
export const TAGS: Field = {
  name: 'tags',
  kind: 'list',
  entry: 'tag',
  filter: true,
  placeholder: 'tag,…',
  help: 'key=value or plain words',
};
export const PROJECT: Field = {
  name: 'project_id',
  flag: 'project',
  kind: 'text',
  refers: 'project',
  set: false,
  help: 'project that owns it, for administrators; default: your own',
};
