import { Body, Controller, Header, HttpCode, HttpStatus, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Auth } from '../../auth/auth.decorator.js';
import { INFLUX_VERSION } from '../influx-version.js';
import { HttpIngestService } from '../http-ingest.service.js';
import { ApiWrite1 } from './api-influxdb1.decorator.js';
import { writePrecisionOf } from './write1-query.js';

@ApiTags('influxdb')
@Controller('write')
export class Write1Controller {
  constructor(private readonly ingestService: HttpIngestService) {}

  /** Accepts line protocol as InfluxDB 1 does. */
  @Post()
  @Auth('device', { takesBasic: true })
  @HttpCode(HttpStatus.NO_CONTENT)
  @Header('X-Influxdb-Version', INFLUX_VERSION)
  @ApiWrite1()
  write(@Body() body: unknown, @Req() request: FastifyRequest): Promise<void> {
    return this.ingestService.lines(body, writePrecisionOf(request), request);
  }
}
