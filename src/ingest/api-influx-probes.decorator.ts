import { applyDecorators } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { InfluxHealthDto } from './influx-health.dto.js';

/** Documents GET /ping. */
export function ApiInfluxPing(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'ping', summary: "Answers as InfluxDB's ping does" }),
    ApiNoContentResponse({
      headers: {
        'X-Influxdb-Version': { schema: { type: 'string' } },
        'X-Influxdb-Build': { schema: { type: 'string' } },
      },
    }),
  );
}

/** Documents GET /health. */
export function ApiInfluxHealth(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getInfluxHealth', summary: "Answers as InfluxDB's health check does" }),
    ApiOkResponse({ type: InfluxHealthDto }),
  );
}
