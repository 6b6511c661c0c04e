/** Lists of what was written down: newest first, page by page, only what concerns the caller's project. */
import type { ControlPlane } from '../../control/control-plane.js';
import { isGlobal } from '../../identity/index.js';
import { type Fault, SluiceError } from '../../model/errors.js';
import { nearest } from '../../schema/faults.js';
import type { ApiRequest, Parameter, Route, Schema } from '../http/route.js';
import type { Query } from '../list/query.js';
import { listSchema } from './collection.js';
import { projectFilter } from './scope.js';

/** The filter of audit and events alike. */
interface JournalFilter {
  project_id?: string;
  since?: number;
  until?: number;
  marker?: string;
  limit: number;
}

export interface Journal<Entry> {
  many: string;
  summary: string;
  /** Attributes to filter by, beside project and time. */
  filters: readonly string[];
  answer: Schema;
  read(control: ControlPlane, filter: JournalFilter): Promise<Entry[]>;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const PARAMETERS: readonly Parameter[] = [
  { name: 'project_id', description: 'Of this project.' },
  { name: 'since', description: 'Not before; ISO 8601, or ms since 1970.' },
  { name: 'until', description: 'Not after; ISO 8601, or ms since 1970.' },
  { name: 'marker', description: 'Id of the last entry of the page before.' },
  {
    name: 'limit',
    description: 'Entries of one page.',
    schema: { type: 'integer', default: DEFAULT_LIMIT, maximum: MAX_LIMIT },
  },
];

export function journalRoute<Entry extends { id: string; at: number }>(
  path: string,
  journal: Journal<Entry>,
  tag: string,
): Route {
  const { many, summary, filters, answer, read } = journal;
  return {
    method: 'GET',
    path,
    need: 'read',
    status: 200,
    tag,
    summary,
    query: [
      ...filters.map((name) => ({ name, description: `With this ${name.replaceAll('_', ' ')}.` })),
      ...PARAMETERS,
    ],
    answer: listSchema(many, answer),
    handle: async (request) => {
      const filter = readFilter(request, filters);
      // One more tells whether there is a page after this one.
      const entries = await read(request.control, { ...filter, limit: filter.limit + 1 });
      const page = entries.slice(0, filter.limit);
      const links = entries.length > filter.limit ? [nextLink(request, page.at(-1)!.id)] : [];
      return {
        body: {
          [many]: page.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
          [`${many}_links`]: links,
        },
      };
    },
  };
}

function nextLink({ url }: ApiRequest, marker: string): object {
  const params = new URLSearchParams(url.searchParams);
  params.set('marker', marker);
  return { rel: 'next', href: `${url.origin}${url.pathname}?${params}` };
}

/** @throws SluiceError `invalid_configuration` with every fault, `permission_denied` for another's project */
function readFilter(request: ApiRequest, names: readonly string[]): JournalFilter {
  const { query, caller } = request;
  const faults: Fault[] = [];
  const known = [...names, ...PARAMETERS.map(({ name }) => name)];
  for (const name of Object.keys(query).filter((name) => !known.includes(name))) {
    const meant = nearest(name, known);
    const suggestion = meant ? `did you mean ${meant}?` : `filters: ${known.join(', ')}`;
    faults.push({ code: 'unknown_field', path: name, message: `there is no filter ${name}`, suggestion });
  }
  const project =
    projectFilter(request) ?? (caller.project === null || isGlobal(caller) ? undefined : caller.project.id);
  const filter = {
    ...Object.fromEntries(
      [...names, 'marker'].flatMap((name) => (query[name] === undefined ? [] : [[name, String(query[name])]])),
    ),
    ...(project === undefined ? {} : { project_id: project }),
    ...time(query, 'since', faults),
    ...time(query, 'until', faults),
    limit: limitOf(query, faults),
  };
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, 'request');
  }
  return filter;
}

function time(query: Query, name: string, faults: Fault[]): Record<string, number> {
  if (query[name] === undefined) {
    return {};
  }
  const text = String(query[name]);
  const at = /^\d+$/.test(text)
    ? Number(text)
    : Date.parse(/[Zz]|[+-]\d\d:?\d\d$/.test(text) || !text.includes('T') ? text : `${text}Z`);
  if (Number.isNaN(at)) {
    faults.push({
      code: 'invalid',
      path: name,
      message: `${text} is no time`,
      suggestion: 'write 2026-01-31T12:00:00Z',
    });
  }
  return { [name]: at };
}

function limitOf(query: Query, faults: Fault[]): number {
  const text = String(query.limit ?? DEFAULT_LIMIT);
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1) {
    faults.push({
      code: 'invalid',
      path: 'limit',
      message: `${text} is not a number from 1 on`,
      suggestion: `write 1 to ${MAX_LIMIT}`,
    });
  }
  return Math.min(limit, MAX_LIMIT);
}
