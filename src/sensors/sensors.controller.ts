import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import type { Page } from '../http/pagination/page.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';
import { ApiForgetSensor, ApiListSensors } from './api-sensors.decorator.js';
import type { SensorDto } from './sensor.dto.js';
import { SensorsQueryDto } from './sensors-query.dto.js';
import { SensorsService } from './sensors.service.js';

@ApiTags('sensors')
@Controller('api/sensors')
export class SensorsController {
  constructor(private readonly sensorsService: SensorsService) {}

  /** The known sensors, ordered by their ids. */
  @Get()
  @Auth('reader')
  @ApiListSensors()
  page(@Query() query: SensorsQueryDto): Page<SensorDto> {
    return this.sensorsService.page(query);
  }

  /** Forgets a sensor; its history stays in the store. */
  @Delete(':sensorId')
  @Auth('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiForgetSensor()
  async forget(@Param() { sensorId }: SensorParamsDto): Promise<void> {
    await this.sensorsService.forget(sensorId);
  }
}
