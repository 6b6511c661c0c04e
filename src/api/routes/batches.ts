/** Several load balancers at once (LB-5): all of them, or none. */
import { createLoadBalancers, deleteLoadBalancers } from '../../control/index.js';
import { type Fault, SluiceError } from '../../model/errors.js';
import { answers, bodies } from '../../schema/index.js';
import { change } from '../http/change.js';
import type { Route } from '../http/route.js';
import { unwrap } from '../http/unwrap.js';
import { fullLoadBalancer } from '../views/tree.js';
import { find } from './scope.js';
import { readEach } from './several.js';

const TAG = 'Batches';
const MANY = 'loadbalancers';

const create: Route = {
  method: 'POST',
  path: '/loadbalancers',
  need: 'write',
  status: 201,
  audited: { action: 'create', kind: 'loadbalancer' },
  tag: TAG,
  summary: 'Create several load balancers, or none',
  body: {
    type: 'object',
    required: [MANY],
    properties: { [MANY]: { type: 'array', items: bodies.loadbalancer.create.schema } },
  },
  answer: { type: 'object', required: [MANY], properties: { [MANY]: { type: 'array', items: answers.loadbalancer } } },
  handle: async (request) => {
    const inputs = readEach(unwrap(request.body, MANY), MANY, 'loadbalancer', bodies.loadbalancer.create);
    const body = await change(request, 201, createLoadBalancers(inputs), (created) => ({
      id: created.length === 1 ? created[0]!.id : null,
      name: created.length === 1 ? created[0]!.name : null,
      body: { [MANY]: created.map((loadbalancer) => fullLoadBalancer(loadbalancer, request.control)) },
    }));
    return { body };
  },
};

/** What a batch delete takes. */
interface Selection {
  ids: string[];
  cascade: boolean;
}

const SELECTION_SCHEMA = {
  type: 'object',
  required: ['ids'],
  properties: {
    ids: { type: 'array', items: { type: 'string', format: 'uuid' }, description: 'Ids of load balancers.' },
    cascade: { type: 'boolean', default: false, description: 'Delete everything below them too.' },
  },
};

const remove: Route = {
  method: 'POST',
  path: '/loadbalancers/delete',
  need: 'write',
  status: 204,
  audited: { action: 'delete', kind: 'loadbalancer' },
  tag: TAG,
  summary: 'Delete several load balancers, or none',
  body: { type: 'object', required: [MANY], properties: { [MANY]: SELECTION_SCHEMA } },
  handle: async (request) => {
    const { ids, cascade } = readSelection(unwrap(request.body, MANY));
    const gone = ids.map((id) => find(request, 'loadbalancer', id).object);
    await change(request, 204, deleteLoadBalancers(ids, { cascade }), () => ({
      id: gone.length === 1 ? gone[0]!.id : null,
      name: gone.length === 1 ? gone[0]!.name : null,
    }));
    return {};
  },
};

function readSelection(value: unknown): Selection {
  const {
    ids,
    cascade = false,
    ...others
  } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Selection>;
  const faults: Fault[] = Object.keys(others).map((name) => ({
    code: 'unknown_field',
    path: `${MANY}.${name}`,
    message: `unknown field ${name}`,
    suggestion: 'known fields: ids, cascade',
  }));
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    const suggestion = 'write {"loadbalancers": {"ids": ["…"], "cascade": true}}';
    faults.push({
      code: ids === undefined ? 'missing' : 'invalid',
      path: `${MANY}.ids`,
      message: 'is not a list of ids',
      suggestion,
    });
  }
  if (typeof cascade !== 'boolean') {
    faults.push({
      code: 'invalid',
      path: `${MANY}.cascade`,
      message: 'is no truth value',
      suggestion: 'write true or false',
    });
  }
  if (faults.length > 0) {
    throw SluiceError.fromFaults(faults, 'request');
  }
  return { ids: ids!, cascade };
}

export const BATCH_ROUTES: readonly Route[] = [create, remove];
