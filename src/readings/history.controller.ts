import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import type { Linked } from '../http/pagination/linked.js';
import { type AnswerFormat, EarlyHeaders, Format, VaryByAccept } from './answer-format.js';
import { ApiHistory } from './api-history.decorator.js';
import { HistoryQueryDto, SeveralQueryDto } from './history-query.dto.js';
import { HistoryService } from './history.service.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';

@ApiTags('readings')
@Controller('api/readings')
@UseInterceptors(VaryByAccept, EarlyHeaders)
export class HistoryController {
  constructor(private readonly historyService: HistoryService) {}

  /** A sensor's readings in a time range, or in buckets. */
  @Get(':sensorId')
  @Auth('reader')
  @ApiHistory('getReadings', "A sensor's readings in a time range, oldest or newest first, or in buckets")
  one(
    @Param() { sensorId }: SensorParamsDto,
    @Query() query: HistoryQueryDto,
    @Format() format: AnswerFormat,
    @ClientGone() clientGone: AbortSignal,
  ): Promise<Linked> {
    return this.historyService.one(sensorId, query, format, clientGone);
  }

  /** The same for several sensors: an object from sensorId to array. As a file, also for all sensors. */
  @Get()
  @Auth('reader')
  @ApiHistory(
    'getReadingsOfSeveral',
    'The same for several sensors: an object from sensorId to array; as a file, also for all sensors or a zone',
    true,
  )
  several(
    @Query() query: SeveralQueryDto,
    @Format() format: AnswerFormat,
    @ClientGone() clientGone: AbortSignal,
  ): Promise<Linked> {
    return this.historyService.several(query, format, clientGone);
  }
}
