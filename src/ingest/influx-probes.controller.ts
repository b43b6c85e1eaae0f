import { Controller, Get, Header, HttpCode, HttpStatus } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access } from '../auth/access.decorator.js';
import { VERSION } from '../common/config/version.js';
import { InfluxHealthDto } from './influx-health.dto.js';

/** The probes that clients of InfluxDB send before they write. */
@ApiTags('influxdb')
@Controller()
export class InfluxProbesController {
  /** Answers InfluxDB's ping. */
  @Get('ping')
  @Access('public')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Header('X-Influxdb-Version', `predictionx-${VERSION}`)
  @Header('X-Influxdb-Build', 'OSS')
  @ApiOperation({ operationId: 'ping', summary: "Answers as InfluxDB's ping does" })
  @ApiNoContentResponse({
    headers: {
      'X-Influxdb-Version': { schema: { type: 'string' } },
      'X-Influxdb-Build': { schema: { type: 'string' } },
    },
  })
  ping(): void {
    return;
  }

  /** Answers InfluxDB's health check. */
  @Get('health')
  @Access('public')
  @ApiOperation({ operationId: 'getInfluxHealth', summary: "Answers as InfluxDB's health check does" })
  @ApiOkResponse({ type: InfluxHealthDto })
  health(): InfluxHealthDto {
    return new InfluxHealthDto();
  }
}
