import type { GatewayUnderTest, Sizes } from '../support/gateway-under-test.js';

/**
 * One rule of the data plane, as a sentence and what proves it:
 *
 *     {
 *       sentence: 'a SYN to the VIP leaves from the local address to the member',
 *       run: async (gateway) => {
 *         gateway.configuration.listener({ vip: ENDS.vip, members: [ENDS.member] });
 *         const { fromClient, toMember } = tcpBetween();
 *         const syn = { flags: 'SYN', seq: 1000, options: [mss(1460)] };
 *         await check(gateway, fromClient(syn), { outcome: 'forward', frame: toMember(syn) });
 *       },
 *     }
 *
 * Cases stand in cases/, one file a concern, listed in cases/index.ts. They run on the host's kernel (packets.test.ts) and on older
 * ones (test/kernels).
 */
export interface Case {
  /** Unique among all cases. */
  sentence: string;
  /** Map sizes the rule is about; a gateway of its own is loaded for the case. */
  sizes?: Partial<Sizes>;
  /** Gets a gateway without sessions or configuration. Throws where the rule does not hold. */
  run(gateway: GatewayUnderTest): Promise<void> | void;
}
