import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access } from '../auth/access.decorator.js';
import { ApiCacheable } from '../http/etag/api-cacheable.decorator.js';
import type { Cacheable } from '../http/etag/cacheable.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';
import { LatestDto } from './latest.dto.js';
import { NotFoundDto } from '../sensors/not-found.dto.js';
import { LatestQueryDto } from './latest-query.dto.js';
import { LatestService } from './latest.service.js';

@ApiTags('readings')
@Controller('api/latest')
export class LatestController {
  constructor(@Inject(LatestService) private readonly latestService: LatestService) {}

  /** The newest reading of every sensor, of a zone's, or of some. */
  @Get()
  @Access('reader')
  @ApiOperation({
    operationId: 'listLatest',
    summary: 'The newest reading of every sensor that is known, of those of a zone, or of some',
  })
  @ApiCacheable(LatestDto)
  @ApiErrors('INVALID_PARAMETER')
  many(@Query() query: LatestQueryDto): Cacheable {
    return this.latestService.many(query);
  }

  /** The newest reading of a sensor, by timestamp. */
  @Get(':sensorId')
  @Access('reader')
  @ApiOperation({ operationId: 'getLatest', summary: 'The newest reading of a sensor, by timestamp' })
  @ApiOkResponse({ type: LatestDto })
  @ApiNotFoundResponse({ type: NotFoundDto, description: 'No reading of this sensor is known' })
  @ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'STORE_UNAVAILABLE')
  one(@Param() { sensorId }: SensorParamsDto): Promise<LatestDto> {
    return this.latestService.one(sensorId);
  }
}
