/** Puts the answering program on a backend's interface and leaves it there, pinned: it goes with its lab. */
import { join } from 'node:path';
import { bpfObjectPath, loadAddon } from '#sluice/datapath/addon.js';
import { tell, workerOrder } from '../worker.js';

const { interfaceName, pinDirectory } = workerOrder<ServerOrder>();

export interface ServerOrder {
  interfaceName: string;
  pinDirectory: string;
}

const addon = loadAddon();
const object = addon.openObject(bpfObjectPath('traffic'));
await object.load();
const { link } = object.program('server').attachXdp(addon.interfaceIndex(interfaceName), 'native');
link.pin(join(pinDirectory, 'server'));
tell({ type: 'result', result: true });
