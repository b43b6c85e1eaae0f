import { applyDecorators } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';

import { InfluxHealthDto } from './influx-health.dto.js';
import { InfluxPingDto } from './influx-ping.dto.js';
import { InfluxReadyDto } from './influx-ready.dto.js';

const HEADERS = {
  'X-Influxdb-Version': { schema: { type: 'string' } },
  'X-Influxdb-Build': { schema: { type: 'string' } },
} as const;

/** Documents GET /ping. */
export function ApiInfluxPing(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'ping', summary: "Answers as InfluxDB's ping does" }),
    ApiQuery({
      name: 'verbose',
      required: false,
      schema: { type: 'string' },
      description: 'Answers 200 with the version, unless it is empty, 0 or false',
    }),
    ApiNoContentResponse({ headers: HEADERS }),
    ApiOkResponse({ type: InfluxPingDto, headers: HEADERS }),
  );
}

/** Documents GET /health. */
export function ApiInfluxHealth(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getInfluxHealth', summary: "Answers as InfluxDB's health check does" }),
    ApiOkResponse({ type: InfluxHealthDto }),
  );
}

/** Documents GET /ready. */
export function ApiInfluxReady(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getInfluxReady', summary: "Answers as InfluxDB 2's readiness check does" }),
    ApiOkResponse({ type: InfluxReadyDto }),
  );
}
