import { expect, test } from 'vitest';
import { parseHostFile } from '../config/host-file.js';
import { parseTree } from '../config/tree.js';
import { hostFile } from './gateway.js';
import { demoTree } from './setup.js';
import { planLab } from './topology.js';

test.each(['two-armed', 'one-armed'] as const)(
  'the %s lab gives its gateway a host file and a tree it accepts',
  (topology) => {
    const plan = planLab({ topology });
    const config = parseHostFile(JSON.stringify(hostFile({ plan, runDirectory: '/run/x' }, '/run/x/sluice.sock')));
    expect(config.gateway.local_addresses).toEqual(plan.locals);
    expect(config.gateway.interfaces).toEqual(plan.gatewayInterfaces);
    const [loadbalancer] = parseTree(JSON.stringify(demoTree(plan)), { localAddresses: plan.locals });
    expect(loadbalancer?.listeners.map(({ protocol, protocol_port: port }) => `${protocol} ${port}`)).toEqual([
      'TCP 80',
      'UDP 7',
    ]);
  },
);
