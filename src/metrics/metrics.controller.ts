import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiMetrics, METRICS_TYPE } from './api-metrics.decorator.js';
import { Metrics } from './metrics.js';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Auth('reader')
  @Header('Content-Type', METRICS_TYPE)
  @Header('Cache-Control', 'no-store')
  @ApiMetrics()
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
