import { Body, Controller, HttpCode, HttpStatus, Inject, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiErrors } from '../errors/api-errors.decorator.js';
import { IngestService } from './ingest.service.js';
import { IngestedDto } from './ingested.dto.js';
import { ReadingDto } from './reading.dto.js';

@ApiTags('ingest')
@Controller('ingest')
export class IngestController {
  constructor(@Inject(IngestService) private readonly ingestService: IngestService) {}

  /** Accepts one reading; answers once it cannot be lost any more. */
  @Post()
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({ summary: 'Accepts one reading; answers once it cannot be lost any more' })
  @ApiCreatedResponse({ type: IngestedDto })
  @ApiErrors(
    'INVALID_READING',
    'INVALID_JSON',
    'TIMESTAMP_IN_FUTURE',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'READING_REFUSED',
    'STORE_UNAVAILABLE',
    'TOO_BUSY',
  )
  async ingest(@Body() reading: ReadingDto): Promise<IngestedDto> {
    return IngestedDto.of(await this.ingestService.accept(reading.toReading()));
  }
}
