import { performance } from 'node:perf_hooks';

/** Those that are remembered at most; of more, the ones that were seen first are forgotten. About 20 MB. */
const MAX_IDS = 100_000;

/** What is left to somebody after taking, or trying to. */
export interface Allowance {
  readonly allowed: boolean;
  /** Whole ones that could be taken now. */
  readonly remaining: number;
  /** Until all that may be taken at once may be again; when not allowed, until trying again is of use. In seconds. */
  readonly waitSeconds: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket for each of many: what may be taken in a period may be taken at once, and comes back evenly.
 * More than a bucket holds can be taken, too, from a full one: it is in debt then, so that a large batch is delayed
 * and never refused for good, and the rate holds in the long run.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly periodSeconds = 1,
    private readonly now: () => number = () => performance.now(),
    private readonly maxIds = MAX_IDS,
  ) {}

  /**
   * Takes some, or nothing when there is not enough.
   * @param perPeriod how many come back in each period, above 0; fractions are possible
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

  /** A tenth at once, so that it is rarely done. */
  private forgetOldest(): void {
    let count = Math.ceil(this.maxIds / 10);
    for (const id of this.buckets.keys()) {
      if (count === 0) return;
      this.buckets.delete(id);
      count -= 1;
    }
  }
}
