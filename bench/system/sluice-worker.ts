/** Sluice in the gateway namespace of a lab: data plane and planner without daemon, API and health checks, expiry running. */
import { once } from 'node:events';
import pino from 'pino';
import { XdpDatapath } from '#sluice/datapath/gateway.js';
import { planChange } from '#sluice/plan/plan.js';
import { benchTree, type ListenerOrder } from '../tree.js';
import { tell, workerOrder } from '../worker.js';

export interface SluiceOrder {
  /** Of the pins; a lab's prefix, so that they go with it. */
  name: string;
  interfaces: string[];
  sessions: number;
  stateDirectory: string;
  localAddresses: string[];
  vip: string;
  listeners: ListenerOrder[];
}

const order = workerOrder<SluiceOrder>();
const datapath = new XdpDatapath({ ...order, discardSessions: true }, pino({ level: 'warn' }, pino.destination(2)));

await datapath.open();
const { operations } = planChange({
  tree: benchTree(order.vip, order.listeners),
  health: new Map(),
  facts: { ...(await datapath.facts()), localAddresses: order.localAddresses, hashKey: 0x5eed },
  current: await datapath.read(order.localAddresses),
});
await datapath.apply(operations);
await datapath.attach();
tell({ type: 'result', result: true });
await once(process, 'SIGTERM');
await datapath.close();
