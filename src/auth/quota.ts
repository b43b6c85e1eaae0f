import type { Allowance, RateLimiter } from './rate-limiter.js';

export type Unit = 'readings' | 'requests';

/** Whom a limit counts by. */
export interface QuotaHolder {
  readonly kind: 'key' | 'address';
  readonly id: string;
}

/** How many readings or requests a second somebody may send, and how far that is used up. */
export class Quota {
  private allowance: Allowance;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly holder: QuotaHolder,
    readonly unit: Unit,
    private readonly perSecond: number,
  ) {
    this.allowance = { allowed: true, remaining: Math.floor(perSecond), waitSeconds: 0 };
  }

  /** @returns whether there was enough; else nothing is taken */
  take(count: number): boolean {
    this.allowance = this.limiter.take(this.holder.id, count, this.perSecond);
    return this.allowance.allowed;
  }

  /** Seconds until trying again is of use, at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, this.allowance.waitSeconds);
  }

  /** Says that it is used up. */
  get refusal(): string {
    const { kind, id } = this.holder;
    return `The ${kind} ${id} may send ${this.perSecond} ${this.unit} a second, and sent more`;
  }

  /** Its part of the RateLimit-Policy header: draft-ietf-httpapi-ratelimit-headers-10, section 3. */
  get policy(): string {
    return `"${this.holder.kind}-${this.unit}";q=${Math.max(1, Math.floor(this.perSecond))};w=1`;
  }

  /** Its part of the RateLimit header: section 4 there. */
  get state(): string {
    const { remaining, waitSeconds } = this.allowance;
    return `"${this.holder.kind}-${this.unit}";r=${remaining};t=${waitSeconds}`;
  }
}
