import { Controller, Get, Header, HttpCode, HttpStatus } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access } from '../access/access.decorator.js';
import { VERSION } from '../about/version.js';

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
  @ApiOperation({ summary: "Answers as InfluxDB's ping does" })
  @ApiNoContentResponse()
  ping(): void {
    return;
  }

  /** Answers InfluxDB's health check. */
  @Get('health')
  @Access('public')
  @ApiOperation({ summary: "Answers as InfluxDB's health check does" })
  @ApiOkResponse()
  health(): object {
    return {
      name: 'influxdb',
      message: 'ready for queries and writes',
      status: 'pass',
      checks: [],
      version: `predictionx-${VERSION}`,
      commit: '',
    };
  }
}
