import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOperation,
  ApiQuery,
} from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ErrorDto, InfluxErrorDto } from '../common/errors/error.dto.js';
import { PRECISIONS } from '../model/precision.js';
import { ACCEPT_ERRORS } from './accept-errors.js';

/** Documents POST /api/v2/write. */
export function ApiWrite(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ErrorDto, InfluxErrorDto),
    ApiOperation({
      operationId: 'writeLineProtocol',
      summary: 'Accepts line protocol as InfluxDB 2 does',
      description:
        'A request with a line that cannot be parsed is refused as a whole (400). Points that are refused for what they say are dropped alone: the answer is 422, its message names them, and all other points are accepted.',
    }),
    ApiQuery({
      name: 'precision',
      enum: PRECISIONS,
      required: false,
      description: 'The unit of the timestamps; ns by default',
    }),
    ApiQuery({ name: 'bucket', required: false, description: 'Ignored' }),
    ApiQuery({ name: 'org', required: false, description: 'Ignored' }),
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
    ApiNoContentResponse(),
    ApiErrors(
      'INVALID_LINE_PROTOCOL',
      'INVALID_PARAMETER',
      'INVALID_ENCODING',
      'BODY_TOO_LARGE',
      'BATCH_TOO_LARGE',
      'PARTIAL_WRITE',
      ...ACCEPT_ERRORS,
    ),
  );
}
