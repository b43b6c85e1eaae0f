import { parseMetric } from './prometheus.js';
import { WINDOW_MS } from './samples.js';

const NAME = 'predictionx_journal_sync_seconds';

/** How long syncs of the journal took between two requests of /metrics. */
export interface SyncTime {
  readonly timeMs: number;
  /** Seconds; undefined when there was no sync. */
  readonly mean: number | undefined;
  /** The 99th percentile, in seconds. */
  readonly p99: number | undefined;
}

interface Histogram {
  /** How many took at most each bound, in seconds; ascending, the last bound is infinite. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly sum: number;
  readonly count: number;
}

/** The sync times of the last minutes. */
export class SyncTimes {
  private times: readonly SyncTime[] = [];
  private before: Histogram | undefined;

  get all(): readonly SyncTime[] {
    return this.times;
  }

  /** @param text the response of /metrics */
  add(text: string, timeMs: number): void {
    const now = histogramOf(text);
    const { before } = this;
    this.before = now;
    // The counters restart at 0 with the gateway.
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

/** Like histogram_quantile() of Prometheus: assumes an even distribution within a bucket. */
function quantileOf(buckets: Histogram['buckets'], rank: number): number {
  let [low, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank)
      return bound === Infinity ? low : low + ((bound - low) * (rank - below)) / (count - below || 1);
    [low, below] = [bound, count];
  }
  return low;
}
