/** Moves of a usual time: a tenth of it with each sample, so that it comes to lie at the median of many. */
const STEP = 0.1;
/** Of the first samples: half of it, because the very first may be far from usual. */
const FIRST_STEP = 0.5;
const FIRST_GAPS = 16;
/** Longer times count as this: 24.8 days, the largest number that costs no memory of its own. */
const MAX_MS = 2 ** 31 - 1;
/** Times between readings that must be known before one is called usual. */
const MIN_GAPS = 4;

/** How a sensor usually sends, learned in this run. All times are whole milliseconds. */
export interface Rhythm {
  /** The usual time between the timestamps of its readings, as each became the newest; 0 while unknown. */
  gapMs: number;
  /** The usual time between the requests that brought a newer reading; 0 while unknown. */
  pauseMs: number;
  /** How many times between timestamps were seen, at most FIRST_GAPS. */
  gaps: number;
  /** The usual time from a timestamp of the device to acceptance; undefined before the first such reading. */
  delayMs: number | undefined;
}

/** A reading has become the newest. @param beforeUs the timestamp of the newest until then */
export function addGap(rhythm: Rhythm, beforeUs: number, timestampUs: number): void {
  const gapMs = Math.max(1, Math.round((timestampUs - beforeUs) / 1000));
  rhythm.gapMs = rhythm.gaps === 0 ? Math.min(gapMs, MAX_MS) : towards(rhythm.gapMs, gapMs, stepOf(rhythm));
  if (rhythm.gaps < FIRST_GAPS) rhythm.gaps += 1;
}

/** A request has brought a newer reading. @param silentMs how long there was none, by the monotonic clock */
export function addPause(rhythm: Rhythm, silentMs: number): void {
  const pauseMs = Math.round(silentMs);
  // Of the same request.
  if (pauseMs < 1) return;
  rhythm.pauseMs =
    rhythm.pauseMs === 0 ? Math.min(pauseMs, MAX_MS) : towards(rhythm.pauseMs, pauseMs, stepOf(rhythm));
}

/** A reading with a timestamp of the device was accepted. */
export function addDelay(rhythm: Rhythm, timestampUs: number, acceptedMs: number): void {
  const delayMs = Math.min(MAX_MS, Math.max(0, Math.round(acceptedMs - timestampUs / 1000)));
  rhythm.delayMs = rhythm.delayMs === undefined ? delayMs : towards(rhythm.delayMs, delayMs, stepOf(rhythm));
}

/**
 * @returns the usual time between news of a sensor, in milliseconds: the longer of the times between its timestamps (a device that
 *   catches up sends faster than it measures) and between its requests (a device may send an hour's readings at once);
 *   undefined while unknown
 */
export function intervalMsOf({ gapMs, pauseMs, gaps }: Rhythm): number | undefined {
  return gaps < MIN_GAPS ? undefined : Math.max(gapMs, pauseMs);
}

function stepOf({ gaps }: Rhythm): number {
  return gaps < FIRST_GAPS ? FIRST_STEP : STEP;
}

/** A step towards a sample, never beyond it. One sample that is far away changes little, however far it is. */
function towards(usualMs: number, sampleMs: number, step: number): number {
  const isMore = sampleMs > usualMs;
  // A step up and one down lead back.
  const stepMs = Math.max(1, Math.round(usualMs * (isMore ? step / (1 - step) : step)));
  return isMore ? Math.min(MAX_MS, sampleMs, usualMs + stepMs) : Math.max(sampleMs, usualMs - stepMs);
}
