/** Load balancers, with status tree, figures and failover. */
import { createLoadBalancer, deleteLoadBalancer, updateLoadBalancer } from '../../control/index.js';
import type { LoadBalancerCreate, LoadBalancerPatch } from '../../model/inputs.js';
import type { LoadBalancer } from '../../model/resources.js';
import { answers, bodies } from '../../schema/index.js';
import { auditEntry } from '../http/audit.js';
import type { ApiRequest, Route } from '../http/route.js';
import { loadbalancerView } from '../views/loadbalancer.js';
import type { Placed } from '../views/placed.js';
import { fullLoadBalancer, statusTree } from '../views/tree.js';
import { type Collection, collectionRoutes, type ListLimits, rooted } from './collection.js';
import { flagParameter } from './flags.js';
import { CASCADE_PARAMETER } from './parameters.js';
import { labelOf, placing } from './placing.js';
import { STATS_SCHEMA, STATUS_TREE_SCHEMA } from './schemas.js';
import { find, visibleLoadBalancers } from './scope.js';

const TAG = 'Load balancers';
const ITEM = '/loadbalancers/:loadbalancer_id';

const collection: Collection<Placed<LoadBalancer>, LoadBalancerCreate, LoadBalancerPatch> = {
  kind: 'loadbalancer',
  noun: 'a load balancer',
  tag: TAG,
  path: '/loadbalancers',
  param: 'loadbalancer_id',
  view: loadbalancerView,
  answer: answers.loadbalancer,
  needs: { read: 'read', write: 'write' },
  items: (request) => visibleLoadBalancers(request).map((loadbalancer) => ({ object: loadbalancer, loadbalancer })),
  find: (request, id) => find(request, 'loadbalancer', id),
  label: labelOf,
  create: {
    body: bodies.loadbalancer.create,
    run: (_request, input) => placing('loadbalancer', createLoadBalancer(input)),
    show: ({ loadbalancer }, { control }) => fullLoadBalancer(loadbalancer, control),
  },
  update: {
    body: bodies.loadbalancer.update,
    run: (_request, id, patch) => placing('loadbalancer', updateLoadBalancer(id, patch)),
  },
  delete: {
    query: [CASCADE_PARAMETER],
    run: ({ query }, id) => deleteLoadBalancer(id, { cascade: flagParameter(query, 'cascade') }),
  },
};

export function loadbalancerRoutes(limits: ListLimits): Route[] {
  const status = (name: string): Route => ({
    method: 'GET',
    path: `${ITEM}/${name}`,
    need: 'read',
    status: 200,
    tag: TAG,
    summary: 'Show the statuses of a load balancer and all below it',
    answer: rooted('statuses', STATUS_TREE_SCHEMA),
    handle: (request) => ({ body: { statuses: statusTree(findOwn(request), request.control) } }),
  });
  return [...collectionRoutes(collection, limits), status('status'), status('statuses'), stats, failover];
}

function findOwn(request: ApiRequest): LoadBalancer {
  return find(request, 'loadbalancer', request.params.loadbalancer_id!).object;
}

const stats: Route = {
  method: 'GET',
  path: `${ITEM}/stats`,
  need: 'read',
  status: 200,
  tag: TAG,
  summary: "Show a load balancer's traffic",
  answer: rooted('stats', STATS_SCHEMA),
  handle: (request) => ({ body: { stats: request.control.stats(findOwn(request).id) } }),
};

/** Octavia's administrators do this; here it brings the data plane in line with the configuration again. */
const failover: Route = {
  method: 'PUT',
  path: `${ITEM}/failover`,
  need: 'admin',
  status: 202,
  audited: { action: 'failover', kind: 'loadbalancer' },
  tag: TAG,
  summary: 'Bring the data plane in line with a load balancer again',
  handle: async (request) => {
    const { id, name } = findOwn(request);
    const entry = () => auditEntry(request, request.audited!, { status: 202, id, name });
    await request.control.failover(request.caller, id, entry);
    return {};
  },
};
