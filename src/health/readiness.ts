import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

/** Whether the gateway wants requests: once everything is recovered it does, until it is drained or stops. */
@Injectable()
export class Readiness {
  private readonly reasons = new Set<string>();

  constructor(@Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService) {}

  /** Not ready, for a reason, until that is regained. */
  lost(reason: string): void {
    this.reasons.add(reason);
  }

  regained(reason: string): void {
    this.reasons.delete(reason);
  }

  check(key: string): HealthIndicatorResult {
    const indicator = this.indicators.check(key);
    return this.reasons.size === 0 ? indicator.up() : indicator.down([...this.reasons].join('; '));
  }
}
