/** The latencies of a sensor's readings in one time span. */
export interface LatencyBucket {
  /** When the span begins, in microseconds since the Unix epoch. */
  readonly startUs: number;
  /** The number of readings with a latency, at least 1. */
  readonly count: number;
  /** Percentiles in milliseconds; see place(). */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Latencies so far, as they pass between threads. */
export interface LatenciesState {
  /** The latencies one by one, as long as they are few. */
  readonly exact: readonly number[];
  /** How often each rounded latency came, once they are many. */
  readonly rounded: ReadonlyMap<number, number>;
}

/** So many latencies of a bucket are kept one by one, 80 kB. */
const MAX_EXACT = 10_000;
/** Of more, each is rounded: by at most 0.5 %, so that a thousand different ones cover a power of ten. */
const DIGITS = 3;
const PERCENTS = [50, 95];

/** Finds percentiles of latencies, in memory that does not grow with their number. */
export class Latencies {
  private exact: number[];
  private readonly rounded: Map<number, number>;
  private total: number;

  constructor({ exact, rounded }: LatenciesState = { exact: [], rounded: new Map() }) {
    this.exact = [...exact];
    this.rounded = new Map(rounded);
    this.total = exact.length;
    for (const count of rounded.values()) this.total += count;
  }

  get state(): LatenciesState {
    return { exact: this.exact, rounded: this.rounded };
  }

  add(latencyMs: number): void {
    this.total += 1;
    if (this.total > MAX_EXACT) this.round(latencyMs);
    else this.exact.push(latencyMs);
    if (this.total !== MAX_EXACT + 1) return;
    for (const one of this.exact) this.round(one);
    this.exact = [];
  }

  /** The bucket that they are in; undefined without any. */
  bucket(startUs: number): LatencyBucket | undefined {
    if (this.total === 0) return undefined;
    const [p50Ms = NaN, p95Ms = NaN] = this.rounded.size > 0 ? this.ofRounded() : this.ofExact();
    return { startUs, count: this.total, p50Ms, p95Ms };
  }

  private ofExact(): number[] {
    const sorted = Float64Array.from(this.exact).sort();
    return PERCENTS.map((percent) => sorted[place(percent, this.total) - 1] ?? NaN);
  }

  private ofRounded(): number[] {
    const sorted = [...this.rounded].sort(([a], [b]) => a - b);
    return PERCENTS.map((percent) => {
      let left = place(percent, this.total);
      return sorted.find(([, count]) => (left -= count) <= 0)?.[0] ?? NaN;
    });
  }

  private round(latencyMs: number): void {
    const rounded = Number(latencyMs.toPrecision(DIGITS));
    // The largest number there is would become infinite.
    const key = Number.isFinite(rounded) ? rounded : latencyMs;
    this.rounded.set(key, (this.rounded.get(key) ?? 0) + 1);
  }
}

/**
 * The place, from 1, of a percentile among sorted numbers: the whole number nearest to that part of them, as percentile() of InfluxQL
 * counts. Of 3 numbers the median is the second, of 2 the first.
 */
export function place(percent: number, count: number): number {
  return Math.max(1, Math.floor((count * percent) / 100 + 0.5));
}
