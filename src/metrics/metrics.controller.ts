import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { Metrics } from './metrics.js';

/** Prometheus' text format, version 0.0.4. */
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  /** Every figure of the gateway, for Prometheus. */
  @Get()
  @Auth('reader')
  @Header('Content-Type', TEXT)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Every figure of the gateway, for Prometheus',
    description: 'docs/operations.md lists them. From memory: it answers with the store down, too.',
  })
  @ApiOkResponse({ content: { [TEXT]: { schema: { type: 'string' } } } })
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
