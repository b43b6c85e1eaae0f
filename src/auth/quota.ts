import type { Allowance, RateLimiter } from './rate-limiter.js';

export type QuotaUnit = 'readings' | 'requests';

/**
 * What a limit counts for: a key or an IP address. `address` is wire format: clients see it in headers ("address-readings"),
 * and the variables LIMIT_ADDRESS_* use the same word.
 */
export interface QuotaHolder {
  readonly kind: 'key' | 'address';
  readonly id: string;
}

/** How many readings or requests a second a key or an IP address may send, and how many are left. */
export class Quota {
  /** As of the last take(); full before it. */
  private allowance: Allowance;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly holder: QuotaHolder,
    readonly unit: QuotaUnit,
    private readonly perSecond: number,
  ) {
    this.allowance = { allowed: true, remaining: Math.floor(perSecond), waitSeconds: 0 };
  }

  /** @returns false when not enough was left; then nothing is taken */
  take(count: number): boolean {
    this.allowance = this.limiter.take(this.holder.id, count, this.perSecond);
    return this.allowance.allowed;
  }

  /** Seconds until a retry can succeed, at least 1. */
  get retryAfterSeconds(): number {
    return Math.max(1, this.allowance.waitSeconds);
  }

  /** The message when it is used up. */
  get refusalMessage(): string {
    const { kind, id } = this.holder;
    const who = kind === 'key' ? 'key' : 'IP address';
    return `The ${who} ${id} sent more than ${this.perSecond} ${this.unit} a second`;
  }

  /**
   * Its part of the RateLimit-Policy header: draft-ietf-httpapi-ratelimit-headers-10, section 3. `q` must be a whole number there.
   * It is at least 1, because a limit below 1 a second still lets single readings or requests through.
   */
  get policyHeader(): string {
    return `"${this.holder.kind}-${this.unit}";q=${Math.max(1, Math.floor(this.perSecond))};w=1`;
  }

  /** Its part of the RateLimit header: section 4 of the same draft. */
  get stateHeader(): string {
    const { remaining, waitSeconds } = this.allowance;
    return `"${this.holder.kind}-${this.unit}";r=${remaining};t=${waitSeconds}`;
  }
}
