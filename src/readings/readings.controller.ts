import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiErrors } from '../errors/api-errors.decorator.js';
import type { Page } from '../paging/page.js';
import { ApiPage } from '../paging/paging.decorator.js';
import { LatestDto, NotFoundDto } from './latest.dto.js';
import { ReadingsQueryDto } from './readings-query.dto.js';
import { ReadingsService } from './readings.service.js';
import { SensorParamsDto } from './sensor-params.dto.js';
import { StoredReadingDto } from '../reading/stored-reading.dto.js';

@ApiTags('readings')
@Controller('api')
export class ReadingsController {
  constructor(@Inject(ReadingsService) private readonly readingsService: ReadingsService) {}

  /** The newest reading of a sensor, by timestamp. */
  @Get('latest/:sensorId')
  @ApiOperation({ summary: 'The newest reading of a sensor, by timestamp' })
  @ApiOkResponse({ type: LatestDto })
  @ApiNotFoundResponse({ type: NotFoundDto, description: 'No reading of this sensor is known' })
  @ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'STORE_UNAVAILABLE')
  async latest(@Param() { sensorId }: SensorParamsDto): Promise<LatestDto> {
    return new LatestDto(await this.readingsService.latest(sensorId), this.readingsService.stale);
  }

  /** A sensor's readings in a range of time, oldest first. */
  @Get('readings/:sensorId')
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
