/** Readings as a store writes them, made by its pack(): all that has to stay in memory until they are stored. */
export interface Packed {
  readonly text: string;
  /** How many readings it holds. */
  readonly count: number;
  /** At least one time of each hour that the store has to know of before it writes them, microseconds since the Unix epoch. */
  readonly hoursUs: readonly number[];
}
