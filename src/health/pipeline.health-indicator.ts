import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { PipelineService } from '../pipeline/pipeline.service.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';

/** Reports how many readings are accepted, stored, queued and dead letters. No number makes the gateway unready. */
@Injectable()
export class PipelineHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly service: PipelineService,
    private readonly monitor: PipelineMonitor,
  ) {}

  /** @param withCounts only for clients that may see how much comes in */
  async check(key: string, withCounts: boolean): Promise<HealthIndicatorResult> {
    const conditions = this.monitor.journalConditions;
    const degraded = conditions.length > 0;
    const counts = withCounts ? Object.fromEntries(Object.entries(await this.service.status())) : {};
    return this.indicators.check(key).up({ degraded, ...(degraded && { conditions }), ...counts });
  }
}
