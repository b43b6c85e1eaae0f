import { applyDecorators } from '@nestjs/common';
import { ApiNoContentResponse, ApiNotFoundResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ApiPage } from '../http/pagination/paging.decorator.js';
import { API_LOADING_HEADER } from './loading-header.js';
import { NotFoundDto } from './not-found.dto.js';
import { SensorDto } from './sensor.dto.js';

/** Documents the list of sensors. */
export function ApiListSensors(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'listSensors', summary: 'Lists the known sensors, ordered by their ids' }),
    ApiPage(SensorDto, API_LOADING_HEADER),
    ApiErrors('INVALID_PARAMETER'),
  );
}

/** Documents how a sensor is forgotten. */
export function ApiForgetSensor(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'forgetSensor',
      summary:
        'Forgets a sensor in latest, in this list and in the state of rules; its history stays in the store',
    }),
    ApiNoContentResponse(),
    ApiNotFoundResponse({ type: NotFoundDto, description: 'The sensor is not known' }),
    ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'JOURNAL_UNAVAILABLE'),
  );
}
