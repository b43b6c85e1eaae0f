import type { Bucket, SystemEvent } from '../api/schemas.js';
import type { ChartSpan } from '../chart/chart-data.js';
import { formatCount, formatDuration } from '../common/format.js';
import { stateOfEvent } from '../live/event-state.js';

/** An anomaly rule reports nothing until it has learned from this many readings for this time: docs/anomaly.md, "Learning". */
const LEARNING_READINGS = 576;
const LEARNING_MS = 3_600_000;

/** The periods in which a rule would have made the sensor critical. @param events oldest first */
export function criticalSpans(events: readonly SystemEvent[], toMs: number): ChartSpan[] {
  const spans: ChartSpan[] = [];
  let sinceMs: number | undefined;
  for (const { type, time } of events) {
    const timeMs = Date.parse(time);
    if (type === 'critical') sinceMs ??= timeMs;
    if (type !== 'normal' || sinceMs === undefined) continue;
    spans.push({ fromMs: sinceMs, toMs: timeMs, type: 'critical' });
    sinceMs = undefined;
  }
  if (sinceMs !== undefined) spans.push({ fromMs: sinceMs, toMs, type: 'critical' });
  return spans;
}

/** The result of a trial in one sentence. @param within the range, such as "the last 24 hours" */
export function summarizeTrial(events: readonly SystemEvent[], within: string, toMs: number): string {
  const triggered = events.filter(({ type }) => type !== 'normal').length;
  if (triggered === 0) return `The rule would not have triggered in ${within}.`;
  const times = triggered === 1 ? 'once' : triggered === 2 ? 'twice' : `${formatCount(triggered)} times`;
  const spans = criticalSpans(events, toMs);
  const summary = `The rule would have triggered ${times} in ${within}`;
  if (spans.length === 0) return `${summary}.`;
  const seconds = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0) / 1000;
  const last = events.findLast(({ type }) => type !== 'anomaly');
  const word = events.some((event) => stateOfEvent(event) === 'silent') ? 'silent' : 'critical';
  const still = last?.type === 'critical' ? `, and still ${word} at the end` : '';
  return `${summary}: ${word} for ${formatDuration(seconds)} in total${still}.`;
}

/**
 * When an anomaly rule has finished learning, if it starts with these buckets.
 * @returns milliseconds since the Unix epoch; undefined when the buckets are too few
 */
export function learningEndsMs(buckets: readonly Bucket[]): number | undefined {
  const [first] = buckets;
  if (!first) return undefined;
  let readings = 0;
  for (const { start, count } of buckets) {
    readings += count;
    const timeMs = Date.parse(start);
    if (readings >= LEARNING_READINGS && timeMs - Date.parse(first.start) >= LEARNING_MS) return timeMs;
  }
  return undefined;
}
