/** How sessions end, for cases that are about what comes after. */
import type { GatewayUnderTest } from '../support/gateway-under-test.js';
import { check } from './check.js';
import { CLIENT_ISN, MEMBER_ISN, type TcpConversation } from './conversation.js';

/** What both ends say next after `shakeHands`. */
export const CLIENT_NEXT = { seq: CLIENT_ISN + 1, ack: MEMBER_ISN + 1 };
export const MEMBER_NEXT = { seq: MEMBER_ISN + 1, ack: CLIENT_ISN + 1 };

/** After `shakeHands`: FIN of one side, FIN of the other, the last acknowledgment. */
export async function closeBy(
  first: 'client' | 'member',
  gateway: GatewayUnderTest,
  { fromClient, fromMember }: TcpConversation,
): Promise<void> {
  const [opens, openerNext, answers, answererNext] =
    first === 'client'
      ? ([fromClient, CLIENT_NEXT, fromMember, MEMBER_NEXT] as const)
      : ([fromMember, MEMBER_NEXT, fromClient, CLIENT_NEXT] as const);
  const { seq, ack } = openerNext;
  await check(gateway, opens({ flags: 'FIN ACK', ...openerNext }), { outcome: 'forward' });
  await check(gateway, answers({ flags: 'FIN ACK', seq: answererNext.seq, ack: seq + 1 }), { outcome: 'forward' });
  await check(gateway, opens({ flags: 'ACK', seq: seq + 1, ack: ack + 1 }), { outcome: 'forward' });
}
