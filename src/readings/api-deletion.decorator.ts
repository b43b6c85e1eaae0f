import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { DeletionStatusInterceptor } from './deletion-status.interceptor.js';
import { DeletionDto } from './deletion.dto.js';

/** Documents how readings are deleted, and sets the status. */
export function ApiDeleteReadings(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(DeletionStatusInterceptor),
    ApiOperation({
      operationId: 'deleteReadings',
      summary:
        'Deletes the readings of a sensor that were accepted before, from the store, the queue and the dead letters',
      description:
        'The same request again is another deletion: a request with an Idempotency-Key is refused with INVALID_PARAMETER',
    }),
    ApiOkResponse({ type: DeletionDto, description: 'They are deleted' }),
    ApiAcceptedResponse({
      type: DeletionDto,
      description: 'The store does not answer, or takes long: they will be deleted, also after a restart',
    }),
    ApiErrors(
      'INVALID_PARAMETER',
      'MALFORMED_REQUEST',
      'DELETION_REFUSED',
      'DRAINING',
      'JOURNAL_FULL',
      'JOURNAL_UNAVAILABLE',
      'DISK_FULL',
      'TOO_BUSY',
    ),
  );
}
