/** The status document of a running daemon: tree, health, counters and indexes put together. */
import type { Datapath } from '../datapath/datapath.js';
import { sessionsInUse } from '../datapath/stats.js';
import { formatFault } from '../model/errors.js';
import { type GatewayStatus, type StatusDocument, statusOf } from '../observe/status.js';
import type { ChangeRoad } from './change.js';
import type { Layer7 } from './layer7.js';
import type { Live } from './live.js';

export interface ReportParts {
  gateway: Omit<GatewayStatus, 'interfaces' | 'sessions'>;
  road: ChangeRoad;
  live: Live;
  datapath: Datapath | undefined;
  layer7: Pick<Layer7, 'status'>;
  /** Sessions the table holds. */
  capacity: number;
}

/** The state of everything, now. */
export function report({ gateway, road, live, datapath, layer7, capacity }: ReportParts): StatusDocument {
  const counters = live.counters();
  const { failure } = road;
  return {
    at: Date.now(),
    gateway: {
      ...gateway,
      interfaces: (datapath?.attachments() ?? []).map(({ interface: name, mode }) => ({ name, mode })),
      sessions: datapath ? { used: sessionsInUse(counters.events), capacity } : null,
    },
    loadbalancers: statusOf(road.state, live.facts(counters)),
    proxy: layer7.status(),
    certificates: [...road.state.certificates.values()].map(({ id, name, facts: { not_after } }) => ({
      id,
      name,
      not_after: not_after === null ? null : `${not_after}Z`,
    })),
    outcomes: counters.outcomes,
    events: counters.events,
    warnings: [...(failure ? [`the data plane is not up to date: ${failure}`] : []), ...road.warnings.map(formatFault)],
  };
}
