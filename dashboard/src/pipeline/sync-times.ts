import { parseMetric } from './prometheus.js';
import { WINDOW_MS } from './samples.js';

const NAME = 'predictionx_journal_sync_seconds';

/** How long the disk took to sync, between two looks at it. */
export interface SyncTime {
  readonly timeMs: number;
  /** Seconds; undefined while nothing was synced. */
  readonly mean: number | undefined;
  /** Of a hundred, 99 took less. */
  readonly p99: number | undefined;
}

interface Histogram {
  /** How many were no longer than each bound, in seconds; ascending, the last bound is infinite. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly sum: number;
  readonly count: number;
}

/** The last minutes of it. */
export class SyncTimes {
  private times: readonly SyncTime[] = [];
  private before: Histogram | undefined;

  get all(): readonly SyncTime[] {
    return this.times;
  }

  /** @param text what /metrics answers */
  take(text: string, timeMs: number): void {
    const now = histogramOf(text);
    const { before } = this;
    this.before = now;
    // A gateway that was started anew counts from 0.
    if (!before || now.count < before.count) return;
    const recent = this.times.filter((time) => time.timeMs > timeMs - WINDOW_MS);
    this.times = [...recent, { timeMs, ...between(before, now) }];
  }
}

function histogramOf(text: string): Histogram {
  const buckets = parseMetric(text, `${NAME}_bucket`).map(
    ({ labels: { le = '' }, value }) => [le === '+Inf' ? Infinity : Number(le), value] as const,
  );
  const only = (name: string): number => parseMetric(text, `${NAME}_${name}`)[0]?.value ?? 0;
  return { buckets, sum: only('sum'), count: only('count') };
}

function between(before: Histogram, now: Histogram): Pick<SyncTime, 'mean' | 'p99'> {
  const count = now.count - before.count;
  if (count === 0) return { mean: undefined, p99: undefined };
  const grown = now.buckets.map(([bound, total], index) => {
    return [bound, total - (before.buckets[index]?.[1] ?? 0)] as const;
  });
  return { mean: (now.sum - before.sum) / count, p99: quantileOf(grown, 0.99 * count) };
}

/** As Prometheus' histogram_quantile() does: evenly spread within a bucket. */
function quantileOf(buckets: Histogram['buckets'], rank: number): number {
  let [low, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank)
      return bound === Infinity ? low : low + ((bound - low) * (rank - below)) / (count - below || 1);
    [low, below] = [bound, count];
  }
  return low;
}
