/** AL-2 and AL-4: a client comes back to its member, until that takes no more. */
import { TargetBit } from '../../../src/datapath/layouts.js';
import type { GatewayUnderTest } from '../../support/gateway-under-test.js';
import type { Case } from '../case.js';
import { check, equal } from '../check.js';
import { ENDS, tcpBetween, udpBetween } from '../conversation.js';
import { memberOf, withPort } from '../readings.js';
import { ADDRESS } from '../scene.js';

const MEMBERS = ADDRESS.members.map((address) => `${address}:8080`);
const [A, B, C] = MEMBERS as [string, string, string];
const ANOTHER = withPort(`${ADDRESS.remoteClient}:0`, 1);
const MINUTE = 60;

/** The member that a new session of the scene's client goes to; with the rows so far the port is a fresh one. */
async function chooseNew(gateway: GatewayUnderTest, vip = ENDS.vip): Promise<string> {
  const client = withPort(ENDS.client, 1024 + (await gateway.rowCount()));
  const { fromClient } = tcpBetween({ client, vip });
  return memberOf(await check(gateway, fromClient({ flags: 'SYN', seq: 1 }), { outcome: 'forward' }));
}

async function chooseThree(gateway: GatewayUnderTest): Promise<string[]> {
  return [await chooseNew(gateway), await chooseNew(gateway), await chooseNew(gateway)];
}

export const BALANCE_STICKY_CASES: readonly Case[] = [
  {
    sentence: 'a sticky client meets the same member with every session while others take their turns',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B, C], stickyTimeout: MINUTE });
      equal('the client', await chooseThree(gateway), [A, A, A]);
      const other = tcpBetween({ client: ANOTHER }).fromClient({ flags: 'SYN', seq: 1 });
      equal('another', memberOf(await check(gateway, other, { outcome: 'forward' })), B);
      equal('the client', await chooseThree(gateway), [A, A, A]);
    },
  },
  {
    sentence: 'stickiness is of one listener: another one of the same pool chooses anew',
    run: async (gateway) => {
      const vip = `${ADDRESS.vip}:443`;
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B], stickyTimeout: MINUTE });
      gateway.configuration.listener({ vip, members: [A, B], wheel: [1, 0], stickyTimeout: MINUTE });
      equal('members', [await chooseNew(gateway), await chooseNew(gateway, vip)], [A, B]);
      equal('again', [await chooseNew(gateway), await chooseNew(gateway, vip)], [A, B]);
    },
  },
  {
    sentence: 'stickiness ends when no session has begun for its time; each new session prolongs it',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B], stickyTimeout: MINUTE });
      equal('first', await chooseNew(gateway), A);
      for (let time = 0; time < 3; time++) {
        await gateway.age(MINUTE - 1);
        equal('within a minute', await chooseNew(gateway), A);
      }
      await gateway.age(MINUTE + 1);
      equal('after it', await chooseNew(gateway), B);
      equal('and from then on', await chooseNew(gateway), B);
    },
  },
  {
    sentence: 'a sticky client moves when its member turns unhealthy, is drained or removed, and stays with the next',
    run: async (gateway) => {
      for (const flags of [0, TargetBit.GONE]) {
        await gateway.reset();
        const members = [A, B, C];
        const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members, stickyTimeout: MINUTE });
        equal('before', await chooseThree(gateway), [A, A, A]);
        gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, flags }));
        equal('after', await chooseThree(gateway), [B, B, B]);
        gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, flags: TargetBit.USABLE }));
        equal('when the first is back', await chooseThree(gateway), [B, B, B]);
      }
    },
  },
  {
    sentence: 'a sticky client moves when its target id has become that of another listener',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [A, B], stickyTimeout: MINUTE });
      equal('before', await chooseNew(gateway), A);
      gateway.tables.targets.change(targets[0]!, (row) => ({ ...row, listener: row.listener + 1 }));
      equal('after', await chooseNew(gateway), B);
    },
  },
  {
    sentence: 'a sticky client stays although the wheel has been replaced by one of other weights',
    run: async (gateway) => {
      const { targets } = gateway.configuration.listener({ vip: ENDS.vip, members: [A, B], stickyTimeout: MINUTE });
      equal('before', await chooseNew(gateway), A);
      // As the daemon does: fresh cells, then the service row.
      const entries = [targets[1]!, targets[1]!, targets[1]!, targets[0]!];
      gateway.tables.wheel.put(9, { target: Uint32Array.from([...entries, ...Array<number>(12).fill(0)]) });
      const [[key]] = (await gateway.tables.services.entries()) as [[never, never]];
      gateway.tables.services.change(key, (row) => ({ ...row, wheel_base: 9 * 16, wheel_length: 4 }));
      equal('after', await chooseThree(gateway), [A, A, A]);
      const other = tcpBetween({ client: ANOTHER }).fromClient({ flags: 'SYN', seq: 1 });
      equal('another client', memberOf(await check(gateway, other, { outcome: 'forward' })), B);
    },
  },
  {
    sentence: 'UDP clients stick as well: a datagram from another port goes to the same member',
    run: async (gateway) => {
      const options = { vip: ENDS.vip, members: [A, B, C], stickyTimeout: MINUTE };
      gateway.configuration.listener({ ...options, transport: 'udp' });
      for (const each of [1, 2, 3]) {
        const { fromClient } = udpBetween({ client: withPort(ENDS.client, each) });
        equal(`port ${each}`, memberOf(await check(gateway, fromClient({}), { outcome: 'forward' })), A);
      }
    },
  },
  {
    sentence: 'without stickiness nothing is remembered of a client',
    run: async (gateway) => {
      gateway.configuration.listener({ vip: ENDS.vip, members: [A, B, C] });
      equal('members', await chooseThree(gateway), [A, B, C]);
      equal('rows', (await gateway.tables.stickies.entries()).length, 0);
    },
  },
];
