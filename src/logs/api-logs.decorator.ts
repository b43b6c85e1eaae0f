import { applyDecorators } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ApiPage } from '../http/pagination/paging.decorator.js';
import { LogEntryDto } from '../model/log-entry.dto.js';

export function ApiListLogs(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listLogs',
      summary: 'The system log, newest first',
      description:
        'Without filters, all entries; each filter selects fewer. At equal times, the entry that was appended last comes first.',
    }),
    ApiPage(LogEntryDto),
    ApiErrors('INVALID_PARAMETER'),
  );
}
