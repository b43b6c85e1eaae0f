import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiErrors } from '../errors/api-errors.decorator.js';
import type { Page } from '../paging/page.js';
import { ApiPage } from '../paging/paging.decorator.js';
import { ReadingsQueryDto } from './readings-query.dto.js';
import { ReadingsService } from './readings.service.js';
import { SensorParamsDto } from '../reading/sensor-params.dto.js';
import { StoredReadingDto } from '../reading/stored-reading.dto.js';

@ApiTags('readings')
@Controller('api/readings')
export class ReadingsController {
  constructor(@Inject(ReadingsService) private readonly readingsService: ReadingsService) {}

  /** A sensor's readings in a range of time, oldest first. */
  @Get(':sensorId')
  @ApiOperation({ summary: "A sensor's readings in a range of time, oldest first" })
  @ApiPage(StoredReadingDto)
  @ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'STORE_UNAVAILABLE')
  async history(
    @Param() { sensorId }: SensorParamsDto,
    @Query() query: ReadingsQueryDto,
  ): Promise<Page<StoredReadingDto>> {
    return (await this.readingsService.history(sensorId, query)).map(
      (reading) => new StoredReadingDto(reading),
    );
  }
}
