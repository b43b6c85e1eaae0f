import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { DrainDto } from './drain.dto.js';

export function ApiDrainStatus(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'The progress of a drain' }),
    ApiOkResponse({ type: DrainDto }),
  );
}

export function ApiStartDrain(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Stops accepting readings, and responds once the journal is empty',
      description:
        'Send it again to continue waiting. Readings are refused with DRAINING until the drain is cancelled or the gateway restarts.',
    }),
    ApiOkResponse({ type: DrainDto }),
    ApiErrors('INVALID_PARAMETER'),
  );
}

export function ApiCancelDrain(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'drainEnd',
      summary: 'Cancels the drain: the gateway accepts readings again',
    }),
    ApiOkResponse({ type: DrainDto }),
  );
}
