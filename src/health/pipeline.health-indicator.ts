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

  async check(key: string): Promise<HealthIndicatorResult> {
    const status = Object.entries(await this.pipeline.status());
    return this.indicators.check(key).up(Object.fromEntries(status));
  }
}
