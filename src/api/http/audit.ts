/** Audit entries of requests: who did what to which object, and what came of it (OB-4). */
import { randomUUID } from 'node:crypto';
import { locate } from '../../control/index.js';
import { redact } from '../../identity/index.js';
import type { AuditEntry } from '../../store/store.js';
import type { ApiRequest, Audited } from './route.js';

/** Of JSON text, each for request and answer. */
const MAX_TEXT = 16_384;
/** Of a list; ten thousand members are told apart by their number. */
const MAX_ITEMS = 100;

/** What a request was about and what it was answered. */
export interface Outcome {
  status: number;
  /** Id and name of the object; null: there is none, or several. */
  id: string | null;
  name: string | null;
  /** JSON; undefined: none. */
  response?: unknown;
}

type Facts = Pick<ApiRequest, 'caller' | 'id' | 'method' | 'url' | 'body' | 'startedAt'>;

export function auditEntry(request: Facts, { action, kind }: Audited, outcome: Outcome): AuditEntry {
  const { caller, method, url, startedAt } = request;
  const at = Date.now();
  return {
    id: randomUUID(),
    at,
    request_id: request.id,
    user_id: caller.user.id,
    user_name: caller.user.name,
    project_id: caller.project?.id ?? null,
    source: caller.from,
    action,
    kind,
    resource_id: outcome.id,
    resource_name: outcome.name,
    method,
    path: `${url.pathname}${url.search}`,
    status: outcome.status,
    outcome: outcome.status < 400 ? 'success' : 'failure',
    request: kept(request.body),
    response: kept(outcome.response),
    milliseconds: at - startedAt,
  };
}

/** Id and name of what a refused request was about, as far as it says. */
export function aboutWhat({ control, method, params, body }: ApiRequest): Pick<Outcome, 'id' | 'name'> {
  if (method === 'POST') {
    // What was to be created has no id yet; the path names its parent at most.
    const [object] = typeof body === 'object' && body !== null ? Object.values(body) : [];
    const name = (object as { name?: unknown } | null | undefined)?.name;
    return { id: null, name: typeof name === 'string' ? name : null };
  }
  const id = Object.values(params).at(-1) ?? null;
  const object = id === null ? undefined : locate(control.state, id)?.object;
  return { id, name: object && 'name' in object ? object.name : null };
}

/** A body without secrets, cut to what an entry may hold. */
function kept(body: unknown): unknown {
  if (body === undefined || body === null) {
    return null;
  }
  const value = redact(shortened(body));
  const text = JSON.stringify(value);
  return text.length <= MAX_TEXT ? value : { cut_after: MAX_TEXT, text: text.slice(0, MAX_TEXT - 100) };
}

function shortened(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
  }
  const shown = value.slice(0, MAX_ITEMS).map(shortened);
  return value.length <= MAX_ITEMS ? shown : [...shown, `and ${value.length - MAX_ITEMS} more`];
}
