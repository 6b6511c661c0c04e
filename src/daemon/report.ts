/** The status document of a running daemon: tree, health, counters and indexes put together. */
import type { Datapath } from '../datapath/datapath.js';
import { type Counters, sessionsInUse } from '../datapath/stats.js';
import type { HealthScheduler } from '../health/scheduler.js';
import { formatFault } from '../model/errors.js';
import { defaultPool, type Listener, type LoadBalancer, type Member } from '../model/resources.js';
import { type GatewayStatus, type LiveFacts, type StatusDocument, statusOf, type Traffic } from '../observe/status.js';
import type { Assigned } from '../plan/assign.js';
import { listenerKey, memberKey, targetKey } from '../plan/tables.js';
import type { ChangeRoad } from './change.js';

export interface ReportParts {
  gateway: Omit<GatewayStatus, 'interfaces' | 'sessions'>;
  road: ChangeRoad;
  scheduler: HealthScheduler;
  datapath: Datapath | undefined;
  /** Sessions the table holds. */
  capacity: number;
}

const NO_COUNTERS: Counters = { outcomes: {}, events: {}, targets: new Map(), listeners: new Map() };

/** The state of everything, now. */
export function report({ gateway, road, scheduler, datapath, capacity }: ReportParts): StatusDocument {
  const { assigned } = road;
  const counters =
    datapath && assigned
      ? datapath.counters({ targets: assigned.targetIndexes.values(), listeners: assigned.listenerIndexes.values() })
      : NO_COUNTERS;
  const live: LiveFacts = {
    reporting: datapath !== undefined,
    health: (member) => scheduler.health(member.id),
    traffic: (loadbalancer, listener, member) =>
      trafficOf(loadbalancer, listener, member, { assigned, counters, datapath }),
    admission: (loadbalancer, listener) => {
      const index = assigned?.listenerIndexes.get(keyOf(loadbalancer, listener));
      return counters.listeners.get(index ?? -1) ?? { refused: 0, dropped: 0 };
    },
  };
  return {
    at: Date.now(),
    gateway: {
      ...gateway,
      interfaces: (datapath?.attachments() ?? []).map(({ interface: name, mode }) => ({ name, mode })),
      sessions: datapath ? { used: sessionsInUse(counters.events), capacity } : null,
    },
    loadbalancers: statusOf(road.tree, live),
    outcomes: counters.outcomes,
    events: counters.events,
    warnings: road.warnings.map(formatFault),
  };
}

interface Sources {
  assigned: Assigned | undefined;
  counters: Counters;
  datapath: Datapath | undefined;
}

function trafficOf(loadbalancer: LoadBalancer, listener: Listener, member: Member, sources: Sources): Traffic {
  const { assigned, counters, datapath } = sources;
  const { address, protocol_port: port } = member;
  const id = assigned?.targetIndexes.get(targetKey(keyOf(loadbalancer, listener), address, port));
  const pool = defaultPool(loadbalancer, listener);
  const index = pool && assigned?.memberIndexes.get(memberKey(pool.id, address, port));
  return {
    active: index === undefined ? 0 : (datapath?.active(index) ?? 0),
    ...(counters.targets.get(id ?? -1) ?? { sessions: 0, packets_in: 0, bytes_in: 0, packets_out: 0, bytes_out: 0 }),
  };
}

function keyOf(loadbalancer: LoadBalancer, listener: Listener): string {
  return listenerKey(loadbalancer.vip_address, listener.protocol, listener.protocol_port);
}
