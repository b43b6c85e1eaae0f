import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { PipelineService } from '../pipeline/pipeline.service.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';

/** Tells how much is accepted, stored, queued and set aside; no amount of it makes the gateway unready. */
@Injectable()
export class PipelineHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(PipelineService) private readonly service: PipelineService,
    @Inject(PipelineMonitor) private readonly monitor: PipelineMonitor,
  ) {}

  /** @param withCounts for those alone who may know how much comes in */
  async check(key: string, withCounts: boolean): Promise<HealthIndicatorResult> {
    const conditions = this.monitor.journalConditions;
    const degraded = conditions.length > 0;
    const counts = withCounts ? Object.fromEntries(Object.entries(await this.service.status())) : {};
    return this.indicators.check(key).up({ degraded, ...(degraded && { conditions }), ...counts });
  }
}
