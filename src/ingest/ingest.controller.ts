import { Body, Controller, HttpCode, HttpStatus, Inject, Post, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Access } from '../auth/access.decorator.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ApiRefusedBatch } from './api-refused-batch.decorator.js';
import { BatchResultDto } from './batch-result.dto.js';
import { readBatch } from './body/batch-body.js';
import { IngestService } from './ingest.service.js';
import { IngestedDto } from './ingested.dto.js';
import { ReadingDto } from './reading.dto.js';
import { ingestContextOf } from './ingest-context.js';

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]([ -~]*[!-~])?$' },
  description:
    '1 to 255 printable ASCII characters. The same request under the same key within 24 hours is carried out once and gets the first answer',
};

@ApiTags('ingest')
@Controller('api/ingest')
export class IngestController {
  constructor(
    @Inject(IngestService) private readonly ingestService: IngestService,
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
  ) {}

  /** Accepts one reading; answers once it cannot be lost any more. */
  @Post()
  @Access('device')
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({
    operationId: 'ingestReading',
    summary: 'Accepts one reading; answers once it cannot be lost any more',
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiCreatedResponse({ type: IngestedDto })
  @ApiErrors(
    'INVALID_READING',
    'INVALID_PARAMETER',
    'INVALID_JSON',
    'INVALID_ENCODING',
    'TIMESTAMP_IN_FUTURE',
    'SENSOR_NOT_ALLOWED',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
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
  async ingest(@Body() reading: ReadingDto, @Req() request: FastifyRequest): Promise<IngestedDto> {
    return this.ingestService.accept([reading.toReading()], {
      ...ingestContextOf(request),
      answer: (verdicts) => IngestedDto.of(verdicts),
    });
  }

  /** Accepts the good records of a batch and names each bad one. */
  @Post('batch')
  @ApiRefusedBatch()
  @Access('device')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'ingestBatch',
    summary: 'Accepts the good records of a batch, in one commit, and names each bad one',
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiBody({ schema: { type: 'array', minItems: 1, items: { $ref: getSchemaPath(ReadingDto) } } })
  @ApiOkResponse({ type: BatchResultDto })
  @ApiErrors(
    'INVALID_READING',
    'INVALID_BATCH',
    'SENSOR_NOT_ALLOWED',
    'INVALID_PARAMETER',
    'INVALID_JSON',
    'INVALID_ENCODING',
    'BODY_TOO_LARGE',
    'BATCH_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'IDEMPOTENCY_KEY_REUSED',
    'DRAINING',
    'JOURNAL_FULL',
    'DISK_FULL',
    'JOURNAL_UNAVAILABLE',
    'IDEMPOTENCY_FULL',
    'TOO_BUSY',
  )
  async batch(@Body() body: unknown, @Req() request: FastifyRequest): Promise<BatchResultDto> {
    const isWanted = (): boolean => !request.raw.socket.destroyed;
    const records = readBatch(body, this.config.BATCH_MAX_RECORDS, isWanted);
    // Only what is long is waited for.
    return this.ingestService.accept(Array.isArray(records) ? records : await records, {
      ...ingestContextOf(request),
      answer: (verdicts) => BatchResultDto.of(verdicts),
    });
  }
}
