import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access } from '../auth/access.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { NotFoundDto } from './not-found.dto.js';
import type { Page } from '../http/pagination/page.js';
import { ApiPage } from '../http/pagination/paging.decorator.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';
import { SensorDto } from './sensor.dto.js';
import { SensorsQueryDto } from './sensors-query.dto.js';
import { SensorsService } from './sensors.service.js';

@ApiTags('sensors')
@Controller('api/sensors')
export class SensorsController {
  constructor(@Inject(SensorsService) private readonly sensorsService: SensorsService) {}

  /** The sensors that are known, ordered by their ids. */
  @Get()
  @Access('reader')
  @ApiOperation({ operationId: 'listSensors', summary: 'The sensors that are known, ordered by their ids' })
  @ApiPage(SensorDto)
  @ApiErrors('INVALID_PARAMETER')
  page(@Query() query: SensorsQueryDto): Page<SensorDto> {
    return this.sensorsService.page(query);
  }

  /** Forgets a sensor; its history stays in the store. */
  @Delete(':sensorId')
  @Access('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'forgetSensor',
    summary:
      'Forgets a sensor in latest, in this list and in the state of rules; its history stays in the store',
  })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ type: NotFoundDto, description: 'The sensor is not known' })
  @ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'JOURNAL_UNAVAILABLE')
  async forget(@Param() { sensorId }: SensorParamsDto): Promise<void> {
    await this.sensorsService.forget(sensorId);
  }
}
