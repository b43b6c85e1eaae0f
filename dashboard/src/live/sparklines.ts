import type { Bucket } from '../api/client.js';
import { loadBuckets } from '../api/buckets.js';
import { nowMs } from '../common/clock.js';
import type { LiveReading } from './live-sensors.js';
import { Listeners } from '../common/listeners.js';

const MINUTE_MS = 60_000;
/** What a sparkline shows. */
export const SPARKLINE_MINUTES = 60;
/** Sensors in one request; the gateway takes 100. */
const BATCH = 50;
/** Tiles that scroll by quickly are not asked for. */
const SETTLE_MS = 120;
/** After a request that failed. */
const AGAIN_MS = 5_000;
/** As long may the names in one address be: the gateway takes 16 KiB of it. */
const MAX_ADDRESS = 8_000;
/** Sparklines that are kept, those shown last; about 3 KiB each. */
const MAX_KEPT = 1_500;
/** Painted so often at most: a minute's mean moves slowly. */
const PAINT_MS = 1_000;

/** The mean of one minute. */
export interface SparklinePoint {
  readonly minute: number;
  readonly mean: number;
}

interface CachedSparkline {
  points: { minute: number; mean: number; count: number }[];
  /** What is drawn; replaced when it is to be drawn anew. */
  drawn: readonly SparklinePoint[];
  isStale: boolean;
}

/** The last hour of the sensors that are in view: loaded when they come into view, then kept up by the stream. */
export class Sparklines {
  private readonly kept = new Map<string, CachedSparkline>();
  private readonly watched = new Map<string, Listeners>();
  private wanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    setInterval(() => {
      this.paint();
    }, PAINT_MS);
  }

  /** Keeps a sensor's sparkline up to date until what is returned is called. */
  watch(sensorId: string, listener: () => void): () => void {
    const listeners = this.watched.get(sensorId) ?? new Listeners();
    this.watched.set(sensorId, listeners);
    const remove = listeners.add(listener);
    if (!this.kept.has(sensorId)) this.want(sensorId);
    return () => {
      remove();
      if (listeners.size > 0) return;
      this.watched.delete(sensorId);
      this.wanted.delete(sensorId);
    };
  }

  get(sensorId: string): readonly SparklinePoint[] | undefined {
    return this.kept.get(sensorId)?.drawn;
  }

  read({ sensorId, value, timestamp }: LiveReading): void {
    const spark = this.kept.get(sensorId);
    if (!spark) return;
    const minute = Math.floor(Date.parse(timestamp) / MINUTE_MS);
    const last = spark.points.at(-1);
    if (!last || minute > last.minute) {
      spark.points.push({ minute, mean: value, count: 1 });
      if (spark.points.length > SPARKLINE_MINUTES) spark.points.shift();
    } else if (minute === last.minute) {
      last.count += 1;
      last.mean += (value - last.mean) / last.count;
    }
    spark.isStale = true;
  }

  /** What was kept has gaps now. */
  reset(): void {
    this.kept.clear();
    for (const sensorId of this.watched.keys()) this.want(sensorId);
  }

  private want(sensorId: string): void {
    this.wanted.add(sensorId);
    this.timer ??= setTimeout(() => void this.load(), SETTLE_MS);
  }

  private async load(): Promise<void> {
    const sensorIds = batchOf(this.wanted);
    for (const sensorId of sensorIds) this.wanted.delete(sensorId);
    try {
      const all = await loadBuckets(sensorIds, { from: `-${SPARKLINE_MINUTES}m`, every: '1m' });
      for (const sensorId of sensorIds) this.keep(sensorId, all[sensorId] ?? []);
    } catch {
      // The connection's state tells. Those that are still in view are asked for again.
      for (const sensorId of sensorIds) if (this.watched.has(sensorId)) this.wanted.add(sensorId);
      this.timer = setTimeout(() => void this.load(), AGAIN_MS);
      return;
    }
    this.timer = this.wanted.size > 0 ? setTimeout(() => void this.load(), 0) : undefined;
  }

  private keep(sensorId: string, buckets: readonly Bucket[]): void {
    const points = buckets.map(({ start, mean, count }) => ({
      minute: Math.floor(Date.parse(start) / MINUTE_MS),
      mean,
      count,
    }));
    this.kept.delete(sensorId);
    this.kept.set(sensorId, { points, drawn: [], isStale: true });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) break;
      if (!this.watched.has(oldest)) this.kept.delete(oldest);
    }
    this.paintOne(sensorId);
  }

  private paint(): void {
    for (const sensorId of this.watched.keys()) this.paintOne(sensorId);
  }

  private paintOne(sensorId: string): void {
    const spark = this.kept.get(sensorId);
    if (!spark?.isStale) return;
    const from = Math.floor(nowMs() / MINUTE_MS) - SPARKLINE_MINUTES;
    spark.points = spark.points.filter(({ minute }) => minute > from);
    spark.drawn = spark.points.map(({ minute, mean }) => ({ minute, mean }));
    spark.isStale = false;
    this.watched.get(sensorId)?.tell();
  }
}

/** As many as one request takes. */
function batchOf(sensorIds: Iterable<string>): string[] {
  const batch: string[] = [];
  let length = 0;
  for (const sensorId of sensorIds) {
    length += encodeURIComponent(sensorId).length + 3;
    if (batch.length > 0 && (batch.length >= BATCH || length > MAX_ADDRESS)) break;
    batch.push(sensorId);
  }
  return batch;
}
