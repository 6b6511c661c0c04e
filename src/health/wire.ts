/** What checks ask of the network. The daemon passes in what does it; tests pass in what they like. */

/** More than whether a TCP port answers. */
export interface Talk {
  /** `stream`: over TCP. `datagram`: over UDP. `echo`: ICMP echo, no port. */
  kind: 'stream' | 'datagram' | 'echo';
  /** First thing sent; nothing by default. */
  send?: Uint8Array;
  /** Datagram and echo: sent again this often, ms, until there is an answer; default: once only. */
  resendMs?: number;
  /** Gets what the member sends, a piece or datagram at a time. True: heard enough, the probe ends with `errno` 0. */
  hear?: (bytes: Uint8Array) => boolean;
}

/** How a probe ended. */
export interface WireAnswer {
  /** 0: it answered, or `hear` had enough, or (stream) the member closed. Else the error number, positive. */
  errno: number;
  /** Since the probe began. */
  microseconds: number;
  /** The error is the gateway's own and says nothing about the member. */
  local?: boolean;
  /** Stream: the connection stood when it ended. */
  connected?: boolean;
  /** The ICMP message behind the error. */
  icmp?: IcmpError;
}

/** An ICMP message in place of an answer; type and code by the member's address family. */
export interface IcmpError {
  type: number;
  code: number;
  /** The member itself sent it: it is alive. */
  fromTarget: boolean;
}

/**
 * One probe. Without `talk`: SYN, SYN-ACK, RST. May reject; that says nothing about the member.
 * @param timeoutMs 1..86,400,000
 */
export type ConnectProbe = (address: string, port: number, timeoutMs: number, talk?: Talk) => Promise<WireAnswer>;
