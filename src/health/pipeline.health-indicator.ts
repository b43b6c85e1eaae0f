import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { PipelineService } from '../journal/pipeline.service.js';

/** Tells how much is accepted, stored, queued and set aside; no amount of it makes the gateway unready. */
@Injectable()
export class PipelineHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(PipelineService) private readonly pipeline: PipelineService,
  ) {}

  check(key: string): HealthIndicatorResult {
    return this.indicators.check(key).up(Object.fromEntries(Object.entries(this.pipeline.status())));
  }
}
