import type { SystemEvent } from '../api/schemas.js';
import { formatDay } from '../common/format.js';

/** How old a live event may be when it comes and still count as new: clocks of devices differ. */
const TOLERANCE_MS = 60_000;

/** One row of the log: the heading of a day, or an event. */
export type LogRow =
  { readonly kind: 'day'; readonly day: string } | { readonly kind: 'event'; readonly event: SystemEvent };

/**
 * Joins loaded and live events without duplicates, newest first.
 * @param received events from the stream, the last one first
 * @param receivedMs when the first of them came, milliseconds since the Unix epoch. Loaded events may all be later: they are
 * from when the gateway's clock stood ahead
 * @param isComplete whether no older events are left to load; otherwise a live event that was not new when it came, and is
 * older than all loaded ones, is left out until its page is loaded
 */
export function mergeEvents(
  loaded: readonly SystemEvent[],
  received: readonly SystemEvent[],
  receivedMs: number,
  isComplete: boolean,
): readonly SystemEvent[] {
  if (received.length === 0) return loaded;
  const known = new Set(loaded.map(({ id }) => id));
  const oldestMs = isComplete ? -Infinity : Math.min(timeMsOf(loaded.at(-1)), receivedMs - TOLERANCE_MS);
  const added = received
    .filter((event) => !known.has(event.id) && timeMsOf(event) >= oldestMs)
    .sort((a, b) => timeMsOf(b) - timeMsOf(a));
  const all: SystemEvent[] = [];
  let next = 0;
  for (const event of added) {
    for (let old = loaded[next]; old && timeMsOf(old) > timeMsOf(event); old = loaded[next]) {
      all.push(old);
      next += 1;
    }
    all.push(event);
  }
  return all.concat(loaded.slice(next));
}

/** @returns rows with a heading before the first event of each day, in the user's time zone */
export function groupByDay(events: readonly SystemEvent[]): LogRow[] {
  const rows: LogRow[] = [];
  let before = '';
  for (const event of events) {
    const day = formatDay(Date.parse(event.time));
    if (day !== before) rows.push({ kind: 'day', day });
    before = day;
    rows.push({ kind: 'event', event });
  }
  return rows;
}

function timeMsOf(event: SystemEvent | undefined): number {
  return event ? Date.parse(event.time) : -Infinity;
}
