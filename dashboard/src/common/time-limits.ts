/** The years in which the page looks for readings. */
export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2254;

/** The same as times, milliseconds since the Unix epoch; the second is the first one after. */
export const MIN_TIME_MS = Date.UTC(FIRST_YEAR, 0, 1);
export const MAX_TIME_MS = Date.UTC(LAST_YEAR + 1, 0, 1);

/** The last end of a range that the gateway takes. */
export const MAX_END_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
