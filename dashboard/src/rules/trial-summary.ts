import type { ChartSpan } from '../chart/chart-data.js';
import type { Bucket, SystemEvent } from '../api/client.js';
import { formatCount, formatDuration } from '../common/format.js';

/** An anomaly rule is silent for so many readings, and for so long: docs/anomaly.md, "Learning". */
const LEARNING_READINGS = 576;
const LEARNING_MS = 3_600_000;

/** The times during which a rule would have called a sensor critical. @param entries oldest first */
export function criticalSpans(entries: readonly SystemEvent[], toMs: number): ChartSpan[] {
  const spans: ChartSpan[] = [];
  let sinceMs: number | undefined;
  for (const { type, time } of entries) {
    const timeMs = Date.parse(time);
    if (type === 'critical') sinceMs ??= timeMs;
    if (type !== 'normal' || sinceMs === undefined) continue;
    spans.push({ fromMs: sinceMs, toMs: timeMs, type: 'critical' });
    sinceMs = undefined;
  }
  if (sinceMs !== undefined) spans.push({ fromMs: sinceMs, toMs, type: 'critical' });
  return spans;
}

/** What a trial found, in a sentence. @param within the range, such as "the last 24 hours" */
export function summarizeTrial(entries: readonly SystemEvent[], within: string, toMs: number): string {
  const spoken = entries.filter(({ type }) => type !== 'normal').length;
  if (spoken === 0) return `It would have said nothing in ${within}.`;
  const times = spoken === 1 ? 'once' : spoken === 2 ? 'twice' : `${formatCount(spoken)} times`;
  const spans = criticalSpans(entries, toMs);
  if (spans.length === 0) return `It would have spoken ${times} in ${within}.`;
  const seconds = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0) / 1000;
  const isOpen = entries.findLast(({ type }) => type !== 'anomaly')?.type === 'critical';
  const still = isOpen ? ', and still at the end' : '';
  return `It would have spoken ${times} in ${within}: critical for ${formatDuration(seconds)} in all${still}.`;
}

/**
 * When an anomaly rule that is tried on a range begins to speak.
 * @returns milliseconds since the Unix epoch; undefined when it learns for the whole of it
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
