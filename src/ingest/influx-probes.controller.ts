import { Controller, Get, Header, HttpStatus, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Auth } from '../auth/auth.decorator.js';
import { INFLUX_VERSION } from './influx-version.js';
import { ApiInfluxHealth, ApiInfluxPing, ApiInfluxReady } from './api-influx-probes.decorator.js';
import { InfluxHealthDto } from './influx-health.dto.js';
import { InfluxPingDto } from './influx-ping.dto.js';
import { InfluxReadyDto } from './influx-ready.dto.js';

/** The probes that InfluxDB clients send before they write. */
@ApiTags('influxdb')
@Controller()
export class InfluxProbesController {
  /** Answers as the ping of InfluxDB 1 does, which says its version in a body when asked to. */
  @Get('ping')
  @Auth('public')
  @Header('X-Influxdb-Version', INFLUX_VERSION)
  @Header('X-Influxdb-Build', 'OSS')
  @ApiInfluxPing()
  ping(
    @Query('verbose') verbose: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): InfluxPingDto | undefined {
    if (InfluxPingDto.isWanted(verbose)) return new InfluxPingDto();
    void reply.status(HttpStatus.NO_CONTENT);
    return undefined;
  }

  /** Answers as InfluxDB's health check does. */
  @Get('health')
  @Auth('public')
  @ApiInfluxHealth()
  health(): InfluxHealthDto {
    return new InfluxHealthDto();
  }

  /** Answers as InfluxDB 2's readiness check does. */
  @Get('ready')
  @Auth('public')
  @ApiInfluxReady()
  ready(): InfluxReadyDto {
    return new InfluxReadyDto();
  }
}
