/** Pools and health monitors. */
import {
  createHealthMonitor,
  createPool,
  deleteHealthMonitor,
  deletePool,
  updateHealthMonitor,
  updatePool,
} from '../../control/index.js';
import type { HealthMonitorCreate, HealthMonitorPatch, PoolCreate, PoolPatch } from '../../model/inputs.js';
import type { HealthMonitor, Pool } from '../../model/resources.js';
import { answers, bodies } from '../../schema/index.js';
import type { Route } from '../http/route.js';
import { type Placed, poolsOf } from '../views/placed.js';
import { healthmonitorView, poolView } from '../views/pool.js';
import { type Collection, collectionRoutes, type ListLimits } from './collection.js';
import { labelOf, placing } from './placing.js';
import { find, visibleLoadBalancers } from './scope.js';

const pools: Collection<Placed<Pool>, PoolCreate, PoolPatch> = {
  kind: 'pool',
  noun: 'a pool',
  tag: 'Pools',
  path: '/pools',
  param: 'pool_id',
  view: poolView,
  answer: answers.pool,
  needs: { read: 'read', write: 'write' },
  items: (request) => visibleLoadBalancers(request).flatMap(poolsOf),
  find: (request, id) => find(request, 'pool', id),
  label: labelOf,
  create: { body: bodies.pool.create, run: (_request, input) => placing('pool', createPool(input)) },
  update: { body: bodies.pool.update, run: (_request, id, patch) => placing('pool', updatePool(id, patch)) },
  delete: { run: (_request, id) => deletePool(id) },
};

const healthmonitors: Collection<Placed<HealthMonitor>, HealthMonitorCreate, HealthMonitorPatch> = {
  kind: 'healthmonitor',
  noun: 'a health monitor',
  tag: 'Health monitors',
  path: '/healthmonitors',
  param: 'healthmonitor_id',
  view: healthmonitorView,
  answer: answers.healthmonitor,
  needs: { read: 'read', write: 'write' },
  items: (request) =>
    visibleLoadBalancers(request)
      .flatMap(poolsOf)
      .flatMap((place) => (place.object.healthmonitor ? [{ ...place, object: place.object.healthmonitor }] : [])),
  find: (request, id) => find(request, 'healthmonitor', id),
  label: labelOf,
  create: {
    body: bodies.healthmonitor.create,
    run: (_request, input) => placing('healthmonitor', createHealthMonitor(input)),
  },
  update: {
    body: bodies.healthmonitor.update,
    run: (_request, id, patch) => placing('healthmonitor', updateHealthMonitor(id, patch)),
  },
  delete: { run: (_request, id) => deleteHealthMonitor(id) },
};

export function poolRoutes(limits: ListLimits): Route[] {
  return [...collectionRoutes(pools, limits), ...collectionRoutes(healthmonitors, limits)];
}
