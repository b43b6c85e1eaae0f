import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';

export function ApiBackup(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'makeBackup',
      summary: 'Streams a backup of everything that the gateway keeps in DATA_DIR',
      description:
        'For `predictionx restore`. Everything that was acknowledged before the request is in it. It holds the hashes of keys: keep it as you keep DATA_DIR. Its last bytes are a checksum, so one that was cut off is recognized.',
    }),
    ApiOkResponse({
      description: 'The file gateway.backup',
      headers: {
        'Content-Disposition': { description: 'attachment, with a file name', schema: { type: 'string' } },
      },
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    }),
    ApiErrors('TOO_BUSY', 'DISK_FULL', 'JOURNAL_UNAVAILABLE'),
  );
}
