import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

/** Whether the gateway wants requests: from the end of recovery until a drain or the shutdown. */
@Injectable()
export class Readiness {
  private readonly reasons = new Set<string>();

  constructor(private readonly indicators: HealthIndicatorService) {}

  /** Not ready until the reason is removed. */
  addReason(reason: string): void {
    this.reasons.add(reason);
  }

  removeReason(reason: string): void {
    this.reasons.delete(reason);
  }

  check(key: string): HealthIndicatorResult {
    const indicator = this.indicators.check(key);
    return this.reasons.size === 0 ? indicator.up() : indicator.down([...this.reasons].join('; '));
  }
}
