/** Access lists and public addresses: ours, Octavia has none. */

import {
  addCidrs,
  createAccessList,
  createPublicAddress,
  deleteAccessList,
  deletePublicAddress,
  removeCidrs,
  updateAccessList,
  updatePublicAddress,
} from '../../control/index.js';
import type { AccessList, PublicAddress } from '../../model/state.js';
import {
  type AccessListCreate,
  type AccessListPatch,
  answers,
  bodies,
  type PublicAddressCreate,
  type PublicAddressPatch,
} from '../../schema/index.js';
import { change } from '../http/change.js';
import type { ApiRequest, Route } from '../http/route.js';
import { unwrap } from '../http/unwrap.js';
import { renderList } from '../list/view.js';
import { accesslistView, publicaddressView } from '../views/flat.js';
import { type Collection, collectionRoutes, type ListLimits, rooted } from './collection.js';
import { flagParameter } from './flags.js';
import { CASCADE_PARAMETER } from './parameters.js';
import { findOwn, visible } from './scope.js';

const accesslists: Collection<AccessList, AccessListCreate, AccessListPatch> = {
  kind: 'accesslist',
  noun: 'an access list',
  tag: 'Access lists',
  path: '/accesslists',
  param: 'accesslist_id',
  view: accesslistView,
  answer: answers.accesslist,
  needs: { read: 'read', write: 'write' },
  items: (request) => visible(request, request.control.state.accesslists.values()),
  find: (request, id) => findOwn(request, request.control.state.accesslists, 'accesslist', id),
  label: ({ id, name }) => ({ id, name }),
  create: { body: bodies.accesslist.create, run: (_request, input) => createAccessList(input) },
  update: { body: bodies.accesslist.update, run: (_request, id, patch) => updateAccessList(id, patch) },
  delete: { run: (_request, id) => deleteAccessList(id) },
};

const publicaddresses: Collection<PublicAddress, PublicAddressCreate, PublicAddressPatch> = {
  kind: 'publicaddress',
  noun: 'a public address',
  tag: 'Public addresses',
  path: '/publicaddresses',
  param: 'publicaddress_id',
  view: publicaddressView,
  answer: answers.publicaddress,
  needs: { read: 'read', write: 'write' },
  items: (request) => visible(request, request.control.state.publicaddresses.values()),
  find: (request, id) => findOwn(request, request.control.state.publicaddresses, 'publicaddress', id),
  label: ({ id, name }) => ({ id, name }),
  create: { body: bodies.publicaddress.create, run: (_request, input) => createPublicAddress(input) },
  update: { body: bodies.publicaddress.update, run: (_request, id, patch) => updatePublicAddress(id, patch) },
  delete: {
    query: [CASCADE_PARAMETER],
    run: ({ query }, id) => deletePublicAddress(id, { cascade: flagParameter(query, 'cascade') }),
  },
};

/** Large lists are changed by what comes and goes, without sending the rest. The answer has the number of blocks, not the blocks. */
function cidrsRoute(name: 'add_cidrs' | 'remove_cidrs', summary: string, run: typeof addCidrs): Route {
  return {
    method: 'PUT',
    path: `/accesslists/:accesslist_id/${name}`,
    need: 'write',
    status: 200,
    audited: { action: 'update', kind: 'accesslist' },
    tag: 'Access lists',
    summary,
    body: rooted('accesslist', bodies.accesslist.cidrs.schema),
    answer: rooted('accesslist', answers.accesslist),
    handle: async (request) => {
      const { cidrs } = bodies.accesslist.cidrs.read(unwrap(request.body, 'accesslist'));
      const operation = run(request.params.accesslist_id!, cidrs);
      const body = await change(request, 200, operation, (list) => ({
        id: list.id,
        name: list.name,
        body: { accesslist: withoutCidrs(list, request) },
      }));
      return { body };
    },
  };
}

function withoutCidrs(list: AccessList, { control }: ApiRequest): Record<string, unknown> {
  return renderList(accesslistView, [list], control)[0]!;
}

export function accessListRoutes(limits: ListLimits): Route[] {
  return [
    ...collectionRoutes(accesslists, limits),
    cidrsRoute('add_cidrs', 'Add blocks to an access list', addCidrs),
    cidrsRoute('remove_cidrs', 'Take blocks out of an access list', removeCidrs),
    ...collectionRoutes(publicaddresses, limits),
  ];
}
