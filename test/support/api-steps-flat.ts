/** Random requests about what stands beside the tree, about many objects at once, and such as nobody should send. */
import type { Request } from './api-client.js';
import { create, NOBODY, of, remove, type Step, some, someOrNull, tree, update, type World } from './api-step.js';

const QUOTAS = ['loadbalancer', 'listener', 'pool', 'member', 'healthmonitor', 'l7policy', 'l7rule', 'certificate'];

function ours(method: string, path: string, body?: unknown): Request {
  return { method, path: `/v2/sluice/${path}`, body };
}

const addresses: Record<string, Step> = {
  createPublicAddress: ({ configuration, vips }, [a, b]) =>
    ours('POST', 'publicaddresses', {
      publicaddress: {
        ...of<object>([{ address: of(vips, a) }, {}], b),
        loadbalancer_id: someOrNull(configuration.loadbalancers, a + b),
      },
    }),
  bindPublicAddress: ({ configuration }, [a, b]) =>
    ours('PUT', `publicaddresses/${some(configuration.publicaddresses, a).id}`, {
      publicaddress: { loadbalancer_id: someOrNull(configuration.loadbalancers, b) },
    }),
  deletePublicAddress: ({ configuration }, [a, b]) =>
    ours('DELETE', `publicaddresses/${some(configuration.publicaddresses, a).id}${of(['', '?cascade=true'], b)}`),
  createAccessList: (_world, [a]) =>
    ours('POST', 'accesslists', {
      accesslist: { name: 'office', cidrs: of([[], ['198.18.9.0/24'], ['fd00::/64'], ['x']], a) },
    }),
  changeAccessList: ({ configuration }, [a, b]) => {
    const path = `accesslists/${some(configuration.accesslists, a).id}${of(['', '/add_cidrs', '/remove_cidrs'], b)}`;
    return ours('PUT', path, { accesslist: { cidrs: ['198.18.9.0/24', '198.18.10.0/24'] } });
  },
  deleteAccessList: ({ configuration }, [a]) => ours('DELETE', `accesslists/${some(configuration.accesslists, a).id}`),
};

const certificates: Record<string, Step> = {
  createCertificate: ({ uploads, projects }, [a, b]) =>
    ours('POST', 'certificates', {
      certificate: { ...of(uploads, a), project_id: of([projects[0], projects[0], projects[1]], b) },
    }),
  /** Mostly by one of its type: another key, another authority, or the same once more. */
  renewCertificate: ({ configuration, uploads }, [a, b, c]) => {
    const { id, type: old } = some(configuration.certificates, a);
    const fitting = uploads.filter((upload) => upload.type === old || c % 6 === 5);
    const { type, ...material } = of(fitting.length > 0 ? fitting : uploads, b);
    const labels = { name: 'renamed', tags: ['a'] };
    const body = of<object>([material, material, labels, { certificate: material.certificate }], c);
    return ours('PUT', `certificates/${id}`, { certificate: body });
  },
  deleteCertificate: ({ configuration }, [a]) =>
    ours('DELETE', `certificates/${some(configuration.certificates, a).id}`),
};

const administration: Record<string, Step> = {
  setQuota: ({ projects }, [a, b, c]) =>
    update(`quotas/${of(projects, c)}`, 'quota', { [of(QUOTAS, a)]: of([-1, 0, 2, 4, 8, null, -2], b) }),
  deleteQuota: ({ projects }, [a]) => remove(`quotas/${of(projects, a)}`),
  createFlavor: ({ configuration }, [a]) =>
    create('flavors', 'flavor', {
      name: of(['small', 'large'], a),
      flavor_profile_id: some(configuration.flavorprofiles, a).id,
    }),
  updateFlavor: ({ configuration }, [a, b]) =>
    update(`flavors/${some(configuration.flavors, a).id}`, 'flavor', { enabled: b % 2 === 0 }),
  deleteFlavor: ({ configuration }, [a]) => remove(`flavors/${some(configuration.flavors, a).id}`),
  createFlavorProfile: (_world, [a]) =>
    create('flavorprofiles', 'flavorprofile', {
      name: 'limits',
      provider_name: 'sluice',
      flavor_data: of(['{"connections":10}', '{}', '{"connections":-1}', '{"queries_per_second":7}', 'nonsense'], a),
    }),
  updateFlavorProfile: ({ configuration }, [a, b]) =>
    update(`flavorprofiles/${some(configuration.flavorprofiles, a).id}`, 'flavorprofile', {
      flavor_data: of(['{"connections":20}', '{"connections_per_second":5}', '[]'], b),
    }),
  deleteFlavorProfile: ({ configuration }, [a]) => remove(`flavorprofiles/${some(configuration.flavorprofiles, a).id}`),
  createZoneProfile: () =>
    create('availabilityzoneprofiles', 'availability_zone_profile', {
      name: 'room',
      provider_name: 'sluice',
      availability_zone_data: '{}',
    }),
  deleteZoneProfile: ({ configuration }, [a]) =>
    remove(`availabilityzoneprofiles/${some(configuration.availability_zone_profiles, a).id}`),
  createZone: ({ configuration }, [a, b]) =>
    create('availabilityzones', 'availability_zone', {
      name: of(['east', 'west', 'a/b', '..'], b),
      availability_zone_profile_id: some(configuration.availability_zone_profiles, a).id,
    }),
  updateZone: ({ configuration }, [a, b]) =>
    update(
      `availabilityzones/${encodeURIComponent(some(configuration.availability_zones, a).name)}`,
      'availability_zone',
      {
        enabled: b % 2 === 0,
      },
    ),
  deleteZone: ({ configuration }, [a]) =>
    remove(`availabilityzones/${encodeURIComponent(some(configuration.availability_zones, a).name)}`),
};

/** Load balancers as a file has them. */
function file(world: World, a: number, b: number): object {
  return {
    loadbalancers: Array.from({ length: a % 3 }, (_, index) => ({
      ...tree(world, b + index, b),
      name: of(['f0', 'f1', 'x'], b + index),
    })),
  };
}

const many: Record<string, Step> = {
  createSeveral: ({ vips, foreign }, [a, b]) =>
    ours('POST', 'loadbalancers', {
      loadbalancers: [
        { name: 'x', vip_address: of(vips, a) },
        { name: 'y', vip_address: of([...vips, foreign], b) },
      ],
    }),
  deleteSeveral: ({ configuration: { loadbalancers } }, [a, b, c]) =>
    ours('POST', 'loadbalancers/delete', {
      loadbalancers: { ids: [some(loadbalancers, a).id, some(loadbalancers, b).id], cascade: c % 2 === 0 },
    }),
  apply: (world, [a, b, c]) => ({
    method: 'POST',
    path: `/apply?prune=${c % 2 === 0}&adopt=${c % 3 === 0}&dry_run=${c % 7 === 6}`,
    body: file(world, a, b),
  }),
};

const LAUGHS = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]`).join('\n')}`;

/** What has surprised some server before. */
const ODD_BODIES: readonly unknown[] = [
  '{',
  'null',
  '[]',
  '{"loadbalancer": null}',
  '{"loadbalancer": {"__proto__": {"name": "x"}, "vip_address": "198.18.0.10"}}',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  { loadbalancer: { vip_address: ['198.18.0.10'], name: { a: 1 } } },
  { loadbalancer: { vip_address: '198.18.0.10', name: 'x'.repeat(100_000) } },
  { loadbalancer: { vip_address: '198.18.0.10\u0000', tags: ['\ud800'] } },
  { listener: { protocol: 'TCP', protocol_port: 1e308, loadbalancer_id: NOBODY } },
  { members: [null, 1, [], {}] },
  { members: {} },
];
const ODD_PATHS: readonly string[] = [
  '/v2/lbaas/loadbalancers',
  '/v2/lbaas/listeners',
  '/v2/lbaas/loadbalancers/..%2f..%2fetc',
  '/v2/lbaas/loadbalancers/%00',
  '/v2/lbaas/loadbalancers/%ff',
  `/v2/lbaas/pools/${NOBODY}/members`,
  '/v2/lbaas/quotas/__proto__',
  '/v2/lbaas/flavors/constructor',
  '/v2/sluice/loadbalancers',
  '/v2/sluice/accesslists?limit=-1&marker=x&sort=:',
  '/apply?source=x',
  '/load-balancer/v2.0/lbaas/loadbalancers?cascade[]=x',
  `/v2/lbaas/${'a'.repeat(5000)}`,
  '//v2//lbaas',
];

const hostile: Record<string, Step> = {
  oddRequest: (_world, [a, b, c]) => ({
    method: of(['POST', 'PUT', 'DELETE', 'GET', 'PATCH', 'OPTIONS'], a),
    path: of(ODD_PATHS, b + c),
    body: of(ODD_BODIES, c),
  }),
  oddFile: (_world, [a]) => ({
    method: 'POST',
    path: '/apply',
    type: of(['application/yaml', 'application/json', 'text/plain', ''], a),
    body: of(
      [LAUGHS, '- &a [*a]', '"', 'loadbalancers: [{}]', '\u0000', '---\n---\n', 'loadbalancers: 5', '!!js/function x'],
      a,
    ),
  }),
};

export const FLAT_STEPS: Record<string, Step> = {
  ...addresses,
  ...certificates,
  ...administration,
  ...many,
  ...hostile,
};
