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

/** Costs without and with access list and limits, ns per packet. */
export interface GuardFigure {
  contest: string;
  plain: number;
  guarded: number;
  ratio: number;
}

export interface PacketResult {
  established: Figure[];
  fresh: NewFigure[];
  guarded: GuardFigure[];
  bytesPerSession: number;
}
