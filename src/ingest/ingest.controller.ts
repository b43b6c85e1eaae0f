import { Body, Controller, HttpCode, HttpStatus, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Auth } from '../auth/auth.decorator.js';
import { ApiIngest, ApiIngestBatch } from './api-ingest.decorator.js';
import type { BatchResultDto } from './batch-result.dto.js';
import { HttpIngestService } from './http-ingest.service.js';
import type { IngestedDto } from './ingested.dto.js';
import { ReadingDto } from './reading.dto.js';

@ApiTags('ingest')
@Controller('api/ingest')
export class IngestController {
  constructor(private readonly ingestService: HttpIngestService) {}

  /** Accepts one reading; answers once it is on disk. */
  @Post()
  @Auth('device')
  @HttpCode(HttpStatus.CREATED)
  @ApiIngest()
  ingest(@Body() reading: ReadingDto, @Req() request: FastifyRequest): Promise<IngestedDto> {
    return this.ingestService.reading(reading, request);
  }

  /** Accepts the good records of a batch and names each bad one. */
  @Post('batch')
  @ApiIngestBatch()
  @Auth('device')
  @HttpCode(HttpStatus.OK)
  batch(@Body() body: unknown, @Req() request: FastifyRequest): Promise<BatchResultDto> {
    return this.ingestService.batch(body, request);
  }
}
