import { loadBuckets } from '../api/buckets.js';
import type { Bucket } from '../api/schemas.js';
import { nowMs } from '../common/clock.js';
import { Listeners } from '../common/listeners.js';
import type { LiveReading } from './live-sensors.js';

const MINUTE_MS = 60_000;
/** The period that a sparkline shows. */
export const SPARKLINE_MINUTES = 60;
/** Sensors in one request; the gateway accepts 100. */
const BATCH = 50;
/** Delay before a request, so that tiles that scroll by quickly are not loaded. */
const SETTLE_MS = 120;
/** Delay after a failed request. */
const RETRY_MS = 5_000;
/** Characters of sensor names in one URL; the gateway accepts URLs of 16 KiB. */
const MAX_URL_LENGTH = 8_000;
/** Sparklines in the cache; about 3 KiB each. */
const MAX_CACHED = 1_500;
/** Interval between repaints: the mean of a minute moves slowly. */
const PAINT_MS = 1_000;

/** The values of one minute. */
export interface SparklinePoint {
  readonly minute: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

interface CachedSparkline {
  points: { minute: number; mean: number; min: number; max: number; count: number }[];
  /** The points to draw; a new array for each repaint. */
  drawn: readonly SparklinePoint[];
  needsRepaint: boolean;
}

/** The last hour of each visible sensor: loaded when it comes into view, then kept current by the stream. */
export class Sparklines {
  private readonly cache = new Map<string, CachedSparkline>();
  private readonly watched = new Map<string, Listeners>();
  private pending = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    setInterval(() => {
      this.paint();
    }, PAINT_MS);
  }

  /** Keeps a sensor's sparkline current. @returns a function that ends this */
  watch(sensorId: string, listener: () => void): () => void {
    const listeners = this.watched.get(sensorId) ?? new Listeners();
    this.watched.set(sensorId, listeners);
    const remove = listeners.add(listener);
    if (!this.cache.has(sensorId)) this.enqueue(sensorId);
    return () => {
      remove();
      if (listeners.size > 0) return;
      this.watched.delete(sensorId);
      this.pending.delete(sensorId);
    };
  }

  get(sensorId: string): readonly SparklinePoint[] | undefined {
    return this.cache.get(sensorId)?.drawn;
  }

  addReading({ sensorId, value, timestamp }: LiveReading): void {
    const sparkline = this.cache.get(sensorId);
    if (!sparkline) return;
    const minute = Math.floor(Date.parse(timestamp) / MINUTE_MS);
    let last = sparkline.points.at(-1);
    // Means from when the gateway's clock stood ahead would hide all that follow.
    while (last && last.minute > minute && last.minute > Math.floor(nowMs() / MINUTE_MS) + 1) {
      sparkline.points.pop();
      last = sparkline.points.at(-1);
    }
    if (!last || minute > last.minute) {
      sparkline.points.push({ minute, mean: value, min: value, max: value, count: 1 });
      if (sparkline.points.length > SPARKLINE_MINUTES) sparkline.points.shift();
    } else if (minute === last.minute) {
      last.count += 1;
      last.mean += (value - last.mean) / last.count;
      last.min = Math.min(last.min, value);
      last.max = Math.max(last.max, value);
    }
    sparkline.needsRepaint = true;
  }

  /** Clears the cache after a gap in the stream. */
  reset(): void {
    this.cache.clear();
    for (const sensorId of this.watched.keys()) this.enqueue(sensorId);
  }

  private enqueue(sensorId: string): void {
    this.pending.add(sensorId);
    this.timer ??= setTimeout(() => void this.load(), SETTLE_MS);
  }

  private async load(): Promise<void> {
    const sensorIds = batchOf(this.pending);
    for (const sensorId of sensorIds) this.pending.delete(sensorId);
    try {
      const all = await loadBuckets(sensorIds, { from: `-${SPARKLINE_MINUTES}m`, every: '1m' });
      for (const sensorId of sensorIds) this.setCached(sensorId, all[sensorId] ?? []);
    } catch {
      // The connection status shows the failure. Sparklines still in view are requested again.
      for (const sensorId of sensorIds) if (this.watched.has(sensorId)) this.pending.add(sensorId);
      this.timer = setTimeout(() => void this.load(), RETRY_MS);
      return;
    }
    this.timer = this.pending.size > 0 ? setTimeout(() => void this.load(), 0) : undefined;
  }

  private setCached(sensorId: string, buckets: readonly Bucket[]): void {
    const points = buckets.map(({ start, mean, min, max, count }) => ({
      minute: Math.floor(Date.parse(start) / MINUTE_MS),
      mean,
      min,
      max,
      count,
    }));
    this.cache.delete(sensorId);
    this.cache.set(sensorId, { points, drawn: [], needsRepaint: true });
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= MAX_CACHED) break;
      if (!this.watched.has(oldest)) this.cache.delete(oldest);
    }
    this.paintOne(sensorId);
  }

  private paint(): void {
    for (const sensorId of this.watched.keys()) this.paintOne(sensorId);
  }

  private paintOne(sensorId: string): void {
    const sparkline = this.cache.get(sensorId);
    if (!sparkline?.needsRepaint) return;
    const from = Math.floor(nowMs() / MINUTE_MS) - SPARKLINE_MINUTES;
    sparkline.points = sparkline.points.filter(({ minute }) => minute > from);
    sparkline.drawn = sparkline.points.map(({ minute, mean, min, max }) => ({ minute, mean, min, max }));
    sparkline.needsRepaint = false;
    this.watched.get(sensorId)?.notify();
  }
}

/** The sensors of the next request. */
function batchOf(sensorIds: Iterable<string>): string[] {
  const batch: string[] = [];
  let length = 0;
  for (const sensorId of sensorIds) {
    length += encodeURIComponent(sensorId).length + 3;
    if (batch.length > 0 && (batch.length >= BATCH || length > MAX_URL_LENGTH)) break;
    batch.push(sensorId);
  }
  return batch;
}
