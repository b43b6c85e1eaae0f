import { bucketAt, type BucketSpans } from '../../src/model/bucket.js';
import type { LatencyBucket } from '../../src/model/latencies.js';
import type { Reading } from '../../src/model/reading.js';

/** The latencies of readings, computed in the plainest way. */
export function plainLatencies(readings: readonly Reading[], spans: BucketSpans): LatencyBucket[] {
  const groups = new Map<number, number[]>();
  for (const { timestampUs, latencyMs } of readings) {
    if (latencyMs === undefined) continue;
    const { startUs } = bucketAt(timestampUs, spans);
    const group = groups.get(startUs) ?? [];
    groups.set(startUs, group);
    group.push(latencyMs);
  }
  return Array.from(groups, ([startUs, found]) => {
    const sorted = found.sort((a, b) => a - b);
    const nearest = (part: number): number =>
      sorted[Math.max(1, Math.round(sorted.length * part)) - 1] ?? NaN;
    return { startUs, count: sorted.length, p50Ms: nearest(0.5), p95Ms: nearest(0.95) };
  }).sort((a, b) => a.startUs - b.startUs);
}
