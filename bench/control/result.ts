/** What the control worker is told and what it returns. */
export interface ControlOrder {
  members: number[];
  /** Of each step. */
  iterations: number;
  name: string;
  interfaces: string[];
  stateDirectory: string;
  localAddresses: string[];
  vip: string;
}

/** Medians, ms. */
export interface ControlFigure {
  members: number;
  /** Entries of the wheel after the change. */
  wheel: number;
  /** From nothing to all members in the kernel. */
  first: number;
  /** One weight changed: configuration and health to tables, indexes, differences, order. */
  plan: number;
  /** The same change: writing to the kernel. */
  apply: number;
  /** The same change from the new tree to the kernel: plan, save durably, apply. */
  change: number;
  /** The slowest of those. */
  slowest: number;
  /** The same change from the text of the whole configuration to the kernel. */
  text: number;
}
