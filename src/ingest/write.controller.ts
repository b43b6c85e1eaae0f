import { Body, Controller, HttpCode, HttpStatus, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Auth } from '../auth/auth.decorator.js';
import { ApiWrite } from './api-write.decorator.js';
import { HttpIngestService } from './http-ingest.service.js';
import { toInflux2Precision } from './influx-precision.js';

@ApiTags('influxdb')
@Controller('api/v2/write')
export class WriteController {
  constructor(private readonly ingestService: HttpIngestService) {}

  /** Accepts line protocol as InfluxDB 2 does. */
  @Post()
  @Auth('device')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiWrite()
  write(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Query('precision') precision?: unknown,
  ): Promise<void> {
    return this.ingestService.lines(body, toInflux2Precision(precision), request);
  }
}
