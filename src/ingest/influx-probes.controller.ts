import { Controller, Get, Header, HttpCode, HttpStatus } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { VERSION } from '../common/config/version.js';
import { ApiInfluxHealth, ApiInfluxPing } from './api-influx-probes.decorator.js';
import { InfluxHealthDto } from './influx-health.dto.js';

/** The probes that InfluxDB clients send before they write. */
@ApiTags('influxdb')
@Controller()
export class InfluxProbesController {
  /** Answers as InfluxDB's ping does. */
  @Get('ping')
  @Auth('public')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Header('X-Influxdb-Version', `predictionx-${VERSION}`)
  @Header('X-Influxdb-Build', 'OSS')
  @ApiInfluxPing()
  ping(): void {
    return;
  }

  /** Answers as InfluxDB's health check does. */
  @Get('health')
  @Auth('public')
  @ApiInfluxHealth()
  health(): InfluxHealthDto {
    return new InfluxHealthDto();
  }
}
