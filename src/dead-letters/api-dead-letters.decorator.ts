import { applyDecorators } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ApiPage } from '../http/pagination/paging.decorator.js';
import { DeadLetterDto, ReplayedDto } from './dead-letter.dto.js';

/** Documents the list of dead letters. */
export function ApiListDeadLetters(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'listDeadLetters', summary: 'Lists the dead letters, oldest first' }),
    ApiPage(DeadLetterDto),
    ApiErrors('INVALID_PARAMETER', 'JOURNAL_UNAVAILABLE'),
  );
}

/** Documents the replay of all dead letters. */
export function ApiReplayDeadLetters(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'replayDeadLetters',
      summary:
        'Sends all dead letters to the store again, the newest of each point; none overwrites what the store took meanwhile',
    }),
    ApiOkResponse({ type: ReplayedDto }),
    ApiErrors('DRAINING', 'JOURNAL_FULL', 'DISK_FULL', 'JOURNAL_UNAVAILABLE', 'TOO_BUSY'),
  );
}

/** Documents the deletion of one dead letter. */
export function ApiDeleteDeadLetter(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'deleteDeadLetter',
      summary: 'Deletes a dead letter, and its reading with it',
    }),
    ApiNoContentResponse(),
    ApiErrors('INVALID_PARAMETER', 'DEAD_LETTER_NOT_FOUND', 'JOURNAL_UNAVAILABLE'),
  );
}
