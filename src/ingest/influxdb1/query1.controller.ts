import { Controller, Get, Header, HttpCode, HttpStatus, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Auth } from '../../auth/auth.decorator.js';
import { INFLUX_VERSION } from '../influx-version.js';
import { answerQuery } from './answer-query.js';
import { ApiQuery1 } from './api-influxdb1.decorator.js';

/** The statements with which clients of InfluxDB 1 check their connection. Nothing that is stored is shown. */
@ApiTags('influxdb')
@Controller('query')
export class Query1Controller {
  @Get()
  @Auth('device', { takesBasic: true })
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Header('X-Influxdb-Version', INFLUX_VERSION)
  @ApiQuery1('getInfluxql')
  get(@Req() request: FastifyRequest): string {
    return answerQuery(request);
  }

  @Post()
  @Auth('device', { takesBasic: true })
  @HttpCode(HttpStatus.OK)
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Header('X-Influxdb-Version', INFLUX_VERSION)
  @ApiQuery1('postInfluxql')
  post(@Req() request: FastifyRequest): string {
    return answerQuery(request);
  }
}
