import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
} from '@nestjs/swagger';

import { ApiErrors } from '../../common/errors/api-errors.decorator.js';
import { ErrorDto, Influx1ErrorDto } from '../../common/errors/error.dto.js';
import { ACCEPT_ERRORS } from '../accept-errors.js';
import { INFLUX1_UNITS } from '../influx-precision.js';

const HEADERS = { 'X-Influxdb-Version': { schema: { type: 'string' } } } as const;
const IGNORED = ['rp', 'consistency', 'u', 'p'];

/** Documents POST /write. */
export function ApiWrite1(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ErrorDto, Influx1ErrorDto),
    ApiOperation({
      operationId: 'writeLineProtocol1',
      summary: 'Accepts line protocol as InfluxDB 1 does',
    }),
    ApiQuery({ name: 'db', schema: { type: 'string', minLength: 1 }, description: 'Any name' }),
    ApiQuery({
      name: 'precision',
      enum: ['', ...INFLUX1_UNITS.keys()],
      required: false,
      description: 'The unit of the timestamps; nanoseconds when it is absent or empty',
    }),
    ...IGNORED.map((name) => ApiQuery({ name, required: false, description: 'Ignored' })),
    ApiConsumes('text/plain'),
    ApiBody({
      required: false,
      description: 'An empty body is accepted, too',
      schema: {
        type: 'string',
        format: 'line-protocol',
        example:
          'sensor_predictions,sensor_id=sensor_001,zone=zone_A value=42.5,latency_ms=12.3 1769782718123456000',
      },
    }),
    ApiNoContentResponse({ headers: HEADERS }),
    ApiErrors(
      'INVALID_LINE_PROTOCOL',
      'PARTIAL_WRITE',
      'INVALID_PARAMETER',
      'INVALID_ENCODING',
      'BODY_TOO_LARGE',
      'BATCH_TOO_LARGE',
      ...ACCEPT_ERRORS,
    ),
  );
}

/** Documents GET and POST /query. */
export function ApiQuery1(operationId: string): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ErrorDto, Influx1ErrorDto),
    ApiOperation({
      operationId,
      summary: 'Answers the statements with which clients of InfluxDB 1 check their connection',
      description:
        'SHOW DATABASES, CREATE DATABASE, SHOW RETENTION POLICIES and SHOW MEASUREMENTS have fixed answers. Others get an error in their result. A POST may have the parameters in a form.',
    }),
    ApiQuery({
      name: 'q',
      schema: { type: 'string', example: 'SHOW DATABASES' },
      description: 'Up to 20 statements of InfluxQL, with semicolons between them',
    }),
    ApiQuery({ name: 'db', required: false, description: 'SHOW DATABASES lists it, too' }),
    ApiQuery({ name: 'pretty', required: false, description: 'true indents the answer' }),
    ...['chunked', 'epoch', ...IGNORED].map((name) =>
      ApiQuery({ name, required: false, description: 'Ignored' }),
    ),
    ApiOkResponse({ headers: HEADERS, schema: RESULTS }),
    ApiErrors('INVALID_PARAMETER'),
  );
}

const CELLS = { type: 'array', items: {} } as const;
const RESULTS = {
  type: 'object',
  required: ['results'],
  properties: {
    results: {
      type: 'array',
      items: {
        type: 'object',
        required: ['statement_id'],
        properties: {
          statement_id: { type: 'integer' },
          error: { type: 'string' },
          series: {
            type: 'array',
            items: {
              type: 'object',
              required: ['columns', 'values'],
              properties: {
                name: { type: 'string' },
                columns: { type: 'array', items: { type: 'string' } },
                values: { type: 'array', items: CELLS },
              },
            },
          },
          messages: {
            type: 'array',
            items: {
              type: 'object',
              required: ['level', 'text'],
              properties: { level: { type: 'string' }, text: { type: 'string' } },
            },
          },
        },
      },
    },
  },
};
