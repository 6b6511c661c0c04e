/** Quotas of projects and their defaults (LB-7). */
import { canSee } from '../../control/access.js';
import { DEFAULT_QUOTAS, deleteQuota, quotaOf, setQuota } from '../../control/index.js';
import { may } from '../../identity/index.js';
import { SluiceError } from '../../model/errors.js';
import { answers, bodies } from '../../schema/index.js';
import { change } from '../http/change.js';
import type { ApiRequest, Route } from '../http/route.js';
import { unwrap } from '../http/unwrap.js';
import { list } from '../list/list.js';
import { readFields, readListQuery } from '../list/query.js';
import { render } from '../list/view.js';
import { type QuotaItem, quotaView } from '../views/flat.js';
import { type ListLimits, listSchema, rooted } from './collection.js';
import { FIELDS_PARAMETER, listParameters } from './parameters.js';

const TAG = 'Quotas';
const ITEM = '/quotas/:project_id';
const READERS = ['read', 'quota'] as const;

export function quotaRoutes(limits: ListLimits): Route[] {
  return [listQuotas(limits), defaults('/quotas/defaults'), show, defaults(`${ITEM}/default`), update, remove];
}

function seesQuota({ caller }: ApiRequest, projectId: string): boolean {
  return canSee(caller, projectId) || may(caller, 'quota');
}

/** The project of the path. @throws SluiceError `permission_denied` for another's */
function projectOf(request: ApiRequest): string {
  const id = request.params.project_id!;
  if (!seesQuota(request, id)) {
    throw new SluiceError(
      'permission_denied',
      `Policy does not allow this request to be performed. Your token is not for project ${id}`,
    );
  }
  return id;
}

function quotaItem({ control }: ApiRequest, projectId: string): QuotaItem {
  return { ...quotaOf(control.state, projectId), project_id: projectId };
}

function listQuotas(limits: ListLimits): Route {
  return {
    method: 'GET',
    path: '/quotas',
    need: READERS,
    status: 200,
    tag: TAG,
    summary: 'List quotas that differ from the defaults',
    query: listParameters(quotaView),
    answer: listSchema('quotas', answers.quota),
    handle: (request) => {
      const { state } = request.control;
      const items = [...state.quotas.keys()].filter((id) => seesQuota(request, id)).map((id) => quotaItem(request, id));
      const query = readListQuery(request.query, quotaView, limits);
      return { body: list(quotaView, items, query, request.control, request.url) };
    },
  };
}

const show: Route = {
  method: 'GET',
  path: ITEM,
  need: READERS,
  status: 200,
  tag: TAG,
  summary: "Show a project's quotas",
  query: [FIELDS_PARAMETER],
  answer: rooted('quota', answers.quota),
  handle: (request) => {
    const item = quotaItem(request, projectOf(request));
    return { body: { quota: render(quotaView, item, request.control, readFields(request.query)) } };
  },
};

function defaults(path: string): Route {
  return {
    method: 'GET',
    path,
    need: READERS,
    status: 200,
    tag: TAG,
    summary: 'Show the quotas of projects that have none of their own',
    answer: rooted('quota', answers.quota),
    handle: (request) => {
      const {
        project_id: _project,
        tenant_id: _tenant,
        ...quota
      } = render(quotaView, { ...DEFAULT_QUOTAS, project_id: '' }, request.control);
      return { body: { quota } };
    },
  };
}

const update: Route = {
  method: 'PUT',
  path: ITEM,
  need: 'quota',
  status: 202,
  audited: { action: 'update', kind: 'quota' },
  tag: TAG,
  summary: "Change a project's quotas",
  body: rooted('quota', bodies.quota.update.schema),
  answer: rooted('quota', answers.quota),
  handle: async (request) => {
    const project = projectOf(request);
    const patch = bodies.quota.update.read(unwrap(request.body, 'quota'));
    const body = await change(request, 202, setQuota(project, patch), (limits) => ({
      id: project,
      name: null,
      body: { quota: render(quotaView, { ...limits, project_id: project }, request.control) },
    }));
    return { body };
  },
};

const remove: Route = {
  method: 'DELETE',
  path: ITEM,
  need: 'quota',
  status: 202,
  audited: { action: 'delete', kind: 'quota' },
  tag: TAG,
  summary: 'Give a project the default quotas',
  handle: async (request) => {
    const project = projectOf(request);
    await change(request, 202, deleteQuota(project), () => ({ id: project, name: null }));
    return {};
  },
};
