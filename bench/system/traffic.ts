/** What the client's traffic worker is told and what it returns. */
export interface TrafficOrder {
  protocol: 'tcp' | 'udp';
  /** First address of the flows' sources. */
  source: string;
  destination: string;
  port: number;
  /** Flow numbers start again after this many; 0: never. */
  flows: number;
  /** Number of the first flow. */
  first: number;
  /** Packets (TCP: sessions) to begin; absent: as many as fit into `spanMs`, after a first measurement. */
  count?: number;
  /** How long to go on, ms, where there is no count. */
  spanMs?: number;
  /** MAC address of the gateway. */
  gateway: string;
}

export interface TrafficResult {
  seconds: number;
  /** First packets that were sent. */
  sent: number;
  /** UDP: datagrams that came back. TCP: sessions that were completed. */
  done: number;
  /** RSTs received. */
  resets: number;
}
