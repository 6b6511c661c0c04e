/** The list of load balancers as a table for spreadsheets (LB-5): CSV or xlsx, with the filters and order of the list. */
import type { LoadBalancer } from '../../model/resources.js';
import type { State } from '../../model/state.js';
import type { ApiRequest, Route } from '../http/route.js';
import { select } from '../list/list.js';
import { readListQuery } from '../list/query.js';
import type { Live } from '../list/view.js';
import { loadbalancerView } from '../views/loadbalancer.js';
import { choiceParameter } from './flags.js';
import { listParameters } from './parameters.js';
import { visibleLoadBalancers } from './scope.js';

type Cell = string | number | boolean;

const COLUMNS: ReadonlyArray<[title: string, width: number, value: (loadbalancer: LoadBalancer, live: Live) => Cell]> =
  [
    ['id', 38, ({ id }) => id],
    ['name', 24, ({ name }) => name],
    ['description', 24, ({ description }) => description],
    ['project_id', 34, ({ project_id }) => project_id],
    ['vip_address', 18, ({ vip_address }) => vip_address],
    [
      'further_addresses',
      24,
      ({ additional_vips, public_addresses }) =>
        [...additional_vips.map(({ ip_address }) => ip_address), ...public_addresses].join(' '),
    ],
    ['provisioning_status', 18, ({ id }, live) => live.provisioningStatus(id)],
    ['operating_status', 18, ({ id }, live) => live.operatingStatus(id)],
    ['admin_state_up', 14, ({ admin_state_up }) => admin_state_up],
    [
      'listeners',
      30,
      ({ listeners }) => listeners.map(({ protocol, protocol_port }) => `${protocol}:${protocol_port}`).join(' '),
    ],
    ['pools', 8, ({ pools }) => pools.length],
    ['members', 10, ({ pools }) => pools.reduce((sum, { members }) => sum + members.length, 0)],
    ['flavor', 16, ({ flavor_id }, { state }) => flavorName(state, flavor_id)],
    ['availability_zone', 18, ({ availability_zone }) => availability_zone ?? ''],
    ['tags', 24, ({ tags }) => tags.join(' ')],
    ['managed_by', 12, ({ managed_by }) => managed_by],
    ['created_at', 20, ({ created_at }) => created_at],
    ['updated_at', 20, ({ updated_at }) => updated_at ?? ''],
  ];

function flavorName({ flavors }: State, id: string | null): string {
  return id === null ? '' : (flavors.get(id)?.name ?? id);
}

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export const EXPORT_ROUTE: Route = {
  method: 'GET',
  path: '/loadbalancers/export',
  need: 'read',
  status: 200,
  tag: 'Batches',
  summary: 'Export the list of load balancers as a table',
  query: [
    { name: 'format', description: 'Of the table.', schema: { type: 'string', enum: ['csv', 'xlsx'], default: 'csv' } },
    ...listParameters(loadbalancerView),
  ],
  produces: ['text/csv', XLSX],
  handle: async (request) => {
    const format = choiceParameter(request.query, 'format', ['csv', 'xlsx']);
    const rows = tableOf(request);
    return {
      body: await (format === 'csv' ? csv(rows) : xlsx(rows)),
      type: format === 'csv' ? 'text/csv; charset=utf-8' : XLSX,
      headers: { 'content-disposition': `attachment; filename="loadbalancers.${format}"` },
    };
  },
};

/** Rows without the titles. */
function tableOf(request: ApiRequest): Cell[][] {
  const query = readListQuery(request.query, loadbalancerView, { own: ['format'] });
  const items = visibleLoadBalancers(request).map((loadbalancer) => ({ object: loadbalancer, loadbalancer }));
  const { items: page } = select(loadbalancerView, items, query, request.control);
  return page.map(({ object }) => COLUMNS.map(([, , value]) => value(object, request.control)));
}

/** A name that begins like a formula is kept from becoming one in the spreadsheet that opens the file. */
async function csv(rows: Cell[][]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  return stringify(rows, {
    header: true,
    columns: COLUMNS.map(([title]) => title),
    escape_formulas: true,
    cast: { boolean: String },
  });
}

/** Loaded here: most gateways never write a spreadsheet. */
async function xlsx(rows: Cell[][]): Promise<Buffer> {
  const { default: writeXlsxFile } = await import('write-excel-file/node');
  const titles = COLUMNS.map(([value]) => ({ value, fontWeight: 'bold' as const }));
  const columns = COLUMNS.map(([, width]) => ({ width }));
  return await writeXlsxFile([titles, ...rows], { columns, stickyRowsCount: 1, sheet: 'Load balancers' }).toBuffer();
}
