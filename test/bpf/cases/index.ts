import type { Case } from '../case.js';
import { ACCESS_CASES } from './access.js';
import { ARP_CASES } from './arp.js';
import { BALANCE_CASES } from './balance.js';
import { BALANCE_STICKY_CASES } from './balance-sticky.js';
import { BANDWIDTH_CASES } from './bandwidth.js';
import { CHECKSUM_CASES } from './checksums.js';
import { COMPLETENESS_CASES } from './completeness.js';
import { EXPIRY_CASES } from './expiry.js';
import { EXPIRY_RESET_CASES } from './expiry-resets.js';
import { FOREIGN_CASES } from './foreign.js';
import { HANDSHAKE_CASES } from './handshake.js';
import { LEASE_CASES } from './leases.js';
import { LIMIT_CASES } from './limits.js';
import { MODEL_CASES } from './model.js';
import { MSS_CASES } from './mss.js';
import { OBJECT_CASES } from './objects.js';
import { REFUSE_CASES } from './refuse.js';
import { ROUTING_CASES } from './routing.js';
import { SESSION_DATAGRAM_CASES } from './session-datagrams.js';
import { SESSION_END_CASES } from './session-ends.js';
import { SESSION_CASES } from './sessions.js';
import { STRIP_CASES } from './strip.js';
import { TOA_CASES } from './toa.js';
import { TOA_ROOM_CASES } from './toa-room.js';
import { TRANSLATE_CASES } from './translate.js';

/** All cases, in the order they run. */
export const CASES: readonly Case[] = [
  ...OBJECT_CASES,
  ...HANDSHAKE_CASES,
  ...SESSION_CASES,
  ...SESSION_END_CASES,
  ...SESSION_DATAGRAM_CASES,
  ...LEASE_CASES,
  ...EXPIRY_CASES,
  ...EXPIRY_RESET_CASES,
  ...TRANSLATE_CASES,
  ...CHECKSUM_CASES,
  ...TOA_CASES,
  ...TOA_ROOM_CASES,
  ...STRIP_CASES,
  ...MSS_CASES,
  ...MODEL_CASES,
  ...BALANCE_CASES,
  ...BALANCE_STICKY_CASES,
  ...ACCESS_CASES,
  ...LIMIT_CASES,
  ...BANDWIDTH_CASES,
  ...ROUTING_CASES,
  ...FOREIGN_CASES,
  ...REFUSE_CASES,
  ...ARP_CASES,
  ...COMPLETENESS_CASES,
];
