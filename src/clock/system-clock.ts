/** A larger difference means that somebody set the machine's clock; then the new time counts. */
const MAX_DRIFT_MS = 2;

/**
 * The machine's clock with microseconds: Date.now() counts whole milliseconds, so the monotonic clock fills in the rest.
 * @returns a function that returns microseconds since the Unix epoch
 */
export function systemClock(): () => number {
  let offsetMs = Date.now() - performance.now();
  return () => {
    const wallMs = Date.now();
    if (Math.abs(offsetMs + performance.now() - wallMs) > MAX_DRIFT_MS) offsetMs = wallMs - performance.now();
    return Math.floor((offsetMs + performance.now()) * 1000);
  };
}
