/** Listeners and their figures. */
import { createListener, deleteListener, updateListener } from '../../control/index.js';
import type { ListenerCreate, ListenerPatch } from '../../model/inputs.js';
import type { Listener } from '../../model/resources.js';
import { answers, bodies } from '../../schema/index.js';
import type { Route } from '../http/route.js';
import { listenerView } from '../views/listener.js';
import { listenersOf, type Placed } from '../views/placed.js';
import { type Collection, collectionRoutes, type ListLimits, rooted } from './collection.js';
import { flagParameter } from './flags.js';
import { CASCADE_PARAMETER } from './parameters.js';
import { labelOf, placing } from './placing.js';
import { STATS_SCHEMA } from './schemas.js';
import { find, visibleLoadBalancers } from './scope.js';

const collection: Collection<Placed<Listener>, ListenerCreate, ListenerPatch> = {
  kind: 'listener',
  noun: 'a listener',
  tag: 'Listeners',
  path: '/listeners',
  param: 'listener_id',
  view: listenerView,
  answer: answers.listener,
  needs: { read: 'read', write: 'write' },
  items: (request) => visibleLoadBalancers(request).flatMap(listenersOf),
  find: (request, id) => find(request, 'listener', id),
  label: labelOf,
  create: {
    body: bodies.listener.create,
    run: (_request, input) => placing('listener', createListener(input)),
  },
  update: {
    body: bodies.listener.update,
    run: (_request, id, patch) => placing('listener', updateListener(id, patch)),
  },
  delete: {
    query: [CASCADE_PARAMETER],
    run: ({ query }, id) => deleteListener(id, { cascade: flagParameter(query, 'cascade') }),
  },
};

export function listenerRoutes(limits: ListLimits): Route[] {
  return [...collectionRoutes(collection, limits), stats];
}

const stats: Route = {
  method: 'GET',
  path: '/listeners/:listener_id/stats',
  need: 'read',
  status: 200,
  tag: 'Listeners',
  summary: "Show a listener's traffic",
  answer: rooted('stats', STATS_SCHEMA),
  handle: (request) => {
    const { object } = find(request, 'listener', request.params.listener_id!);
    return { body: { stats: request.control.stats(object.id) } };
  },
};
