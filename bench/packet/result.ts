/** What the packet worker is told and what it returns. */
export interface PacketOrder {
  rounds: number;
  /** Numbers of sessions, powers of two, ascending. */
  sizes: number[];
}

/** Costs in ns per packet: medians. Ratios: medians of the ratios of each round. */
export interface NewFigure {
  contest: string;
  floor: number;
  gateway: number;
  perFloor: number;
}

export interface Figure extends NewFigure {
  sessions: number;
  lookup?: number;
  perLookup?: number;
}

export interface PacketResult {
  established: Figure[];
  fresh: NewFigure[];
  bytesPerSession: number;
}
