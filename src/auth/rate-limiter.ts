import { performance } from 'node:perf_hooks';

/** At most this many ids are remembered; beyond that, those that were seen first are forgotten. About 20 MB. */
const MAX_IDS = 100_000;

/** What is left after taking, or trying to. */
export interface Allowance {
  readonly allowed: boolean;
  /** Whole units that could be taken now. */
  readonly remaining: number;
  /** Seconds until the bucket is full again; when not allowed, until a retry can succeed. */
  readonly waitSeconds: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket for each id. The amount of one period may be taken at once, and refills evenly. A full bucket also gives
 * more than it holds and is in debt then: so a large batch is delayed, never refused for good, and the rate still holds in
 * the long run.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly periodSeconds = 1,
    private readonly now: () => number = () => performance.now(),
    private readonly maxIds = MAX_IDS,
  ) {}

  /**
   * Takes `count`, or nothing when there is not enough.
   * @param perPeriod how many refill in each period, above 0; fractions are possible
   */
  take(id: string, count: number, perPeriod: number): Allowance {
    const capacity = Math.max(1, perPeriod);
    const perMs = perPeriod / (this.periodSeconds * 1000);
    const bucket = this.bucketOf(id, capacity, perMs);
    const needed = Math.min(count, capacity);
    const allowed = bucket.tokens >= needed;
    if (allowed) bucket.tokens -= count;
    const missing = allowed ? capacity - bucket.tokens : needed - bucket.tokens;
    return {
      allowed,
      remaining: Math.max(0, Math.floor(bucket.tokens)),
      waitSeconds: Math.ceil(missing / perMs / 1000),
    };
  }

  private bucketOf(id: string, capacity: number, perMs: number): Bucket {
    const nowMs = this.now();
    const bucket = this.buckets.get(id);
    if (!bucket) {
      const full = { tokens: capacity, atMs: nowMs };
      this.buckets.set(id, full);
      if (this.buckets.size > this.maxIds) this.forgetOldest();
      return full;
    }
    bucket.tokens = Math.min(capacity, bucket.tokens + (nowMs - bucket.atMs) * perMs);
    bucket.atMs = nowMs;
    return bucket;
  }

  /** A tenth at once, so that it runs rarely. */
  private forgetOldest(): void {
    let count = Math.ceil(this.maxIds / 10);
    for (const id of this.buckets.keys()) {
      if (count === 0) return;
      this.buckets.delete(id);
      count -= 1;
    }
  }
}
