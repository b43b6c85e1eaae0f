import { Body, Controller, HttpCode, HttpStatus, Inject, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Access } from '../auth/access.decorator.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ErrorDto, InfluxErrorDto } from '../common/errors/error.dto.js';
import { IngestService } from './ingest.service.js';
import { PRECISIONS } from './line-protocol/fast-line-parser.js';
import { ingestContextOf } from './ingest-context.js';
import { allOrNothing, readLines } from './line-protocol/read-lines.js';

@ApiTags('influxdb')
@ApiExtraModels(ErrorDto, InfluxErrorDto)
@Controller('api/v2/write')
export class WriteController {
  constructor(
    @Inject(IngestService) private readonly ingestService: IngestService,
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
  ) {}

  /** Takes line protocol as InfluxDB 2 does: all of it or nothing. */
  @Post()
  @Access('device')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'writeLineProtocol',
    summary: 'Takes line protocol as InfluxDB 2 does: all of it or nothing',
  })
  @ApiQuery({
    name: 'precision',
    enum: PRECISIONS,
    required: false,
    description: 'Of the timestamps; ns by default',
  })
  @ApiQuery({ name: 'bucket', required: false, description: 'Not looked at' })
  @ApiQuery({ name: 'org', required: false, description: 'Not looked at' })
  @ApiConsumes('text/plain')
  @ApiBody({
    required: false,
    description: 'Nothing at all is accepted, too',
    schema: {
      type: 'string',
      format: 'line-protocol',
      example:
        'sensor_predictions,sensor_id=sensor_001,zone=zone_A value=42.5,latency_ms=12.3 1769782718123456000',
    },
  })
  @ApiNoContentResponse()
  @ApiErrors(
    'INVALID_LINE_PROTOCOL',
    'INVALID_PARAMETER',
    'INVALID_ENCODING',
    'TIMESTAMP_IN_FUTURE',
    'SENSOR_NOT_ALLOWED',
    'BODY_TOO_LARGE',
    'BATCH_TOO_LARGE',
    'TOO_MANY_SENSORS',
    'DEAD_LETTERS_FULL',
    'IDEMPOTENCY_KEY_REUSED',
    'DRAINING',
    'JOURNAL_FULL',
    'DISK_FULL',
    'JOURNAL_UNAVAILABLE',
    'IDEMPOTENCY_FULL',
    'TOO_BUSY',
  )
  async write(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Query('precision') precision?: unknown,
  ): Promise<void> {
    const { BATCH_MAX_RECORDS: maxLines } = this.config;
    const lines = readLines(body, { precision, maxLines, isWanted: () => !request.raw.socket.destroyed });
    // Only what is long is waited for.
    await this.ingestService.accept(Array.isArray(lines) ? lines : await lines, {
      ...ingestContextOf(request),
      answer: allOrNothing,
    });
  }
}
