/** Readings to ask for: of one sensor or zone, or of all; times from `fromUs` up to, not including, `toUs`. */
export interface Selection {
  readonly sensorId?: string | undefined;
  readonly zone?: string | undefined;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Which readings of each series to read: at most `limit`, from the first or from the last one on. */
export interface Some {
  readonly limit: number;
  readonly newestFirst: boolean;
}
