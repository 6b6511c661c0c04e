/**
 * The part of Neutron that load-balancer clients look things up in, read only: what they need for `--vip-subnet-id`, for the port of a
 * VIP and for its public address.
 */

import { canSee } from '../../control/access.js';
import { findLoadBalancer } from '../../control/lookup.js';
import { SluiceError } from '../../model/errors.js';
import type { LoadBalancer } from '../../model/resources.js';
import type { ApiRequest, Route, Schema } from '../http/route.js';
import { list } from '../list/list.js';
import { type ListQuery, type Query, readFields, readListQuery } from '../list/query.js';
import { render, type View } from '../list/view.js';
import {
  type FloatingItem,
  floatingIpView,
  type NetworkItem,
  networkOf,
  networkView,
  portView,
  subnetView,
} from '../views/network.js';
import { type ListLimits, listSchema, rooted } from './collection.js';
import { FIELDS_PARAMETER, listParameters } from './parameters.js';
import { visible, visibleLoadBalancers } from './scope.js';

interface Lookup<T> {
  path: string;
  view: View<T>;
  items(request: ApiRequest): readonly T[];
  /** Reads a filter that is more than a value of an attribute. */
  narrow?(items: readonly T[], query: Query): readonly T[];
  /** Names that `narrow` reads. */
  own?: readonly string[];
}

const networks: Lookup<NetworkItem> = {
  path: '/networks',
  view: networkView,
  items: ({ control }) => {
    const ids = new Set(control.subnets.map(({ network_id }) => network_id));
    return [...ids].map((id) => ({ id, subnets: control.subnets.filter(({ network_id }) => network_id === id) }));
  },
};

const ports: Lookup<LoadBalancer> = {
  path: '/ports',
  view: portView,
  items: visibleLoadBalancers,
  own: ['fixed_ips'],
  narrow: portsWithAddresses,
};

const floatingips: Lookup<FloatingItem> = {
  path: '/floatingips',
  view: floatingIpView,
  items: (request) => {
    const { state, subnets } = request.control;
    return visible(request, state.publicaddresses.values()).map((address) => ({
      address,
      loadbalancer: boundTo(request, address.loadbalancer_id),
      networkId: networkOf(subnets, address.address),
    }));
  },
};

function boundTo({ control, caller }: ApiRequest, id: string | null): LoadBalancer | undefined {
  const loadbalancer = id === null ? undefined : findLoadBalancer(control.state, id);
  return loadbalancer && canSee(caller, loadbalancer.project_id) ? loadbalancer : undefined;
}

/** Kinds that clients ask for and that have no objects here. */
function none(path: string, one: string, many: string, attributes: readonly string[]): Lookup<never> {
  const view = { one, many, key: 'id', attributes: Object.fromEntries(attributes.map((name) => [name, () => null])) };
  return { path, view, items: () => [] };
}

const NAMED = ['id', 'name', 'description', 'project_id', 'tenant_id', 'shared', 'tags'];

/** What clients may rely on; they look at the aliases. */
const EXTENSIONS = [
  { alias: 'pagination', name: 'Pagination support', description: 'Lists come in pages.' },
  { alias: 'sorting', name: 'Sorting support', description: 'Lists are sorted.' },
  { alias: 'project-id', name: 'project_id field enabled', description: 'Objects name their project.' },
  { alias: 'external-net', name: 'Neutron external network', description: 'Public networks are marked.' },
].map((extension) => ({ ...extension, updated: '2016-01-01T00:00:00-00:00', links: [] }));

type Extension = (typeof EXTENSIONS)[number];
const extensions: Lookup<Extension> = {
  path: '/extensions',
  view: {
    one: 'extension',
    many: 'extensions',
    key: 'alias',
    attributes: {
      alias: ({ alias }) => alias,
      name: ({ name }) => name,
      description: ({ description }) => description,
      updated: ({ updated }) => updated,
      links: ({ links }) => links,
    },
  },
  items: () => EXTENSIONS,
};

export function networkRoutes(limits: ListLimits): Route[] {
  return [
    ...lookupRoutes(networks, limits),
    ...lookupRoutes({ path: '/subnets', view: subnetView, items: ({ control }) => control.subnets }, limits),
    ...lookupRoutes(ports, limits),
    ...lookupRoutes(floatingips, limits),
    ...lookupRoutes(none('/security-groups', 'security_group', 'security_groups', NAMED), limits),
    ...lookupRoutes(none('/qos/policies', 'policy', 'policies', NAMED), limits),
    ...lookupRoutes(extensions, limits),
  ];
}

function lookupRoutes<T>({ path, view, items, narrow, own }: Lookup<T>, limits: ListLimits): Route[] {
  const answer: Schema = {
    type: 'object',
    properties: Object.fromEntries(Object.keys(view.attributes).map((name) => [name, {}])),
  };
  const words = view.one.replaceAll('_', ' ');
  const common = { method: 'GET', need: 'read', status: 200, tag: 'Networks' } as const;
  return [
    {
      ...common,
      path,
      summary: `List ${view.many.replaceAll('_', ' ')}`,
      query: listParameters(view),
      answer: listSchema(view.many, answer),
      handle: (request) => {
        const query: ListQuery = readListQuery(request.query, view, { ...limits, ...(own ? { own } : {}) });
        const all = items(request);
        return { body: list(view, narrow?.(all, request.query) ?? all, query, request.control, request.url) };
      },
    },
    {
      ...common,
      path: `${path}/:${view.one}_${view.key}`,
      summary: `Show a ${words}`,
      query: [FIELDS_PARAMETER],
      answer: rooted(view.one, answer),
      handle: (request) => {
        const id = request.params[`${view.one}_${view.key}`]!;
        const item = items({ ...request, query: {} }).find(
          (one) => view.attributes[view.key]!(one, request.control) === id,
        );
        if (item === undefined) {
          throw new SluiceError(
            'not_found',
            `${words.charAt(0).toUpperCase()}${words.slice(1)} ${id} could not be found.`,
          );
        }
        return { body: { [view.one]: render(view, item, request.control, readFields(request.query)) } };
      },
    },
  ];
}

/** `fixed_ips=ip_address=198.18.0.10` and `fixed_ips=subnet_id=ID`: one address of the port that has all of it. */
function portsWithAddresses(items: readonly LoadBalancer[], query: Query): readonly LoadBalancer[] {
  const wanted = [query.fixed_ips ?? []].flat().map((text) => {
    const [name = '', value = ''] = text.split('=');
    return { name, value };
  });
  if (wanted.length === 0) {
    return items;
  }
  return items.filter(({ vip_address, vip_subnet_id, additional_vips }) =>
    [{ ip_address: vip_address, subnet_id: vip_subnet_id }, ...additional_vips].some((address) =>
      wanted.every(({ name, value }) => Object.entries(address).some(([key, text]) => key === name && text === value)),
    ),
  );
}
