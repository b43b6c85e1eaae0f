import { applyDecorators } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ApiCacheable } from '../http/etag/api-cacheable.decorator.js';
import { API_LOADING_HEADER } from '../sensors/loading-header.js';
import { NotFoundDto } from '../sensors/not-found.dto.js';
import { LatestDto } from './latest.dto.js';

/** Documents GET /api/latest/{sensorId}. */
export function ApiLatest(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getLatest', summary: 'The newest reading of a sensor, by timestamp' }),
    ApiOkResponse({ type: LatestDto }),
    ApiNotFoundResponse({ type: NotFoundDto, description: 'No reading of this sensor is known' }),
    ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'STORE_UNAVAILABLE'),
  );
}

/** Documents GET /api/latest. */
export function ApiLatestOfMany(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listLatest',
      summary: 'The newest readings of all known sensors, of those in one zone, or of some',
    }),
    ApiCacheable(LatestDto, API_LOADING_HEADER),
    ApiErrors('INVALID_PARAMETER'),
  );
}
