import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { Metrics } from './metrics.js';

/** Prometheus' text format, version 0.0.4. */
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Auth('reader')
  @Header('Content-Type', TEXT)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'All metrics of the gateway, for Prometheus',
    description:
      'docs/operations.md lists them. They come from memory, so this works with the store down, too.',
  })
  @ApiOkResponse({ content: { [TEXT]: { schema: { type: 'string' } } } })
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
