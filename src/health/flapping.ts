/** How restless a member is. Pure. */

const MINUTE = 60_000;

/** Changes of state from which on a member is flapping: twice down and up again within the short window. */
export const FLAPPING_CHANGES = 4;
export const SHORT_WINDOW_MINUTES = 10;
export const LONG_WINDOW_MINUTES = 60;

/** Changes within one minute of the epoch. */
export interface MinuteOfChanges {
  minute: number;
  count: number;
}

/** Changes of the last hour, counted by the minute, oldest first: at most one entry for each minute. */
export type RecentChanges = readonly MinuteOfChanges[];

export interface Restlessness {
  /** Changes within the last 10 and 60 minutes, to the minute. */
  changes_10_minutes: number;
  changes_60_minutes: number;
  /** At least {@link FLAPPING_CHANGES} changes within the last 10 minutes. */
  flapping: boolean;
}

/** The changes with one more. @param at ms since the epoch */
export function withChange(changes: RecentChanges, at: number): RecentChanges {
  const minute = Math.floor(at / MINUTE);
  const recent = changes.filter((each) => each.minute > minute - LONG_WINDOW_MINUTES && each.minute < minute);
  const count = changes.find((each) => each.minute === minute)?.count ?? 0;
  return [...recent, { minute, count: count + 1 }];
}

/** What changes amount to. @param now ms since the epoch */
export function restlessness(changes: RecentChanges, now: number): Restlessness {
  const minute = Math.floor(now / MINUTE);
  const within = (minutes: number): number => {
    const counted = changes.filter((each) => each.minute > minute - minutes);
    return counted.reduce((sum, { count }) => sum + count, 0);
  };
  const short = within(SHORT_WINDOW_MINUTES);
  return {
    changes_10_minutes: short,
    changes_60_minutes: within(LONG_WINDOW_MINUTES),
    flapping: short >= FLAPPING_CHANGES,
  };
}
