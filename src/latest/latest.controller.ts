import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import type { Cacheable } from '../http/etag/cacheable.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';
import { ApiLatest, ApiLatestOfMany } from './api-latest.decorator.js';
import type { LatestDto } from './latest.dto.js';
import { LatestQueryDto } from './latest-query.dto.js';
import { LatestService } from './latest.service.js';

@ApiTags('readings')
@Controller('api/latest')
export class LatestController {
  constructor(private readonly latestService: LatestService) {}

  /** The newest readings of all sensors, of those in one zone, or of some. */
  @Get()
  @Auth('reader')
  @ApiLatestOfMany()
  many(@Query() query: LatestQueryDto): Cacheable {
    return this.latestService.many(query);
  }

  /** The newest reading of a sensor, by timestamp. */
  @Get(':sensorId')
  @Auth('reader')
  @ApiLatest()
  one(@Param() { sensorId }: SensorParamsDto): Promise<LatestDto> {
    return this.latestService.one(sensorId);
  }
}
