import type { SystemEvent } from '../api/client.js';
import { formatDay } from '../common/format.js';

/** One row of the log: a day's heading, or an entry. */
export type LogRow =
  { readonly kind: 'day'; readonly day: string } | { readonly kind: 'entry'; readonly entry: SystemEvent };

/**
 * What was loaded and what came live, newest first, each once.
 * @param fresh what came live, the last one first
 * @param isWhole whether nothing older is left to load; where something is, an entry that came live and is older than
 * all that was loaded waits for its place
 */
export function mergeEvents(
  loaded: readonly SystemEvent[],
  fresh: readonly SystemEvent[],
  isWhole: boolean,
): readonly SystemEvent[] {
  if (fresh.length === 0) return loaded;
  const known = new Set(loaded.map(({ id }) => id));
  const oldestMs = isWhole ? -Infinity : timeMsOf(loaded.at(-1));
  const news = fresh
    .filter((entry) => !known.has(entry.id) && timeMsOf(entry) >= oldestMs)
    .sort((a, b) => timeMsOf(b) - timeMsOf(a));
  const all: SystemEvent[] = [];
  let next = 0;
  for (const entry of news) {
    for (let old = loaded[next]; old && timeMsOf(old) > timeMsOf(entry); old = loaded[next]) {
      all.push(old);
      next += 1;
    }
    all.push(entry);
  }
  return all.concat(loaded.slice(next));
}

/** @returns rows with a heading before the first entry of each day, by the reader's clock */
export function groupByDay(entries: readonly SystemEvent[]): LogRow[] {
  const rows: LogRow[] = [];
  let before = '';
  for (const entry of entries) {
    const day = formatDay(Date.parse(entry.time));
    if (day !== before) rows.push({ kind: 'day', day });
    before = day;
    rows.push({ kind: 'entry', entry });
  }
  return rows;
}

function timeMsOf(entry: SystemEvent | undefined): number {
  return entry ? Date.parse(entry.time) : -Infinity;
}
