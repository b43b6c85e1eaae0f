const ITEM = 'predictionx-reloaded';
const MINUTE_MS = 60_000;

/** Reloads the page, unless it did so less than a minute ago. @returns whether it reloads */
export function reloadOnce(): boolean {
  const agoMs = Date.now() - Number(sessionStorage.getItem(ITEM) ?? NaN);
  // A negative time: the clock was set back.
  if (agoMs >= 0 && agoMs < MINUTE_MS) return false;
  sessionStorage.setItem(ITEM, String(Date.now()));
  location.reload();
  return true;
}
