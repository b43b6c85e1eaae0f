/** Beyond this difference the machine's clock was set, and is followed. */
const MAX_DRIFT_MS = 2;

/**
 * The machine's clock with microseconds: Date.now() counts whole milliseconds only, so the time between
 * them is taken from the monotonic clock.
 * @returns a function that gives microseconds since the Unix epoch
 */
export function systemClock(): () => number {
  let offsetMs = Date.now() - performance.now();
  return () => {
    const wallMs = Date.now();
    if (Math.abs(offsetMs + performance.now() - wallMs) > MAX_DRIFT_MS) offsetMs = wallMs - performance.now();
    return Math.floor((offsetMs + performance.now()) * 1000);
  };
}
