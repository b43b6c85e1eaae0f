import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, getSchemaPath } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { StreamMessageDto } from './stream-message.dto.js';

export function ApiOpenStream(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'openStream',
      summary: 'New readings and events, as server-sent events',
      description:
        'event: reading with a reading, event: log with an entry of the system log, event: reset where messages are missing, followed by the newest reading of each sensor',
    }),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'The id of the last message that the client got: the stream continues after it',
    }),
    ApiExtraModels(StreamMessageDto),
    ApiOkResponse({
      description: 'An endless sequence of messages; comments in between keep the connection open',
      content: { 'text/event-stream': { schema: { $ref: getSchemaPath(StreamMessageDto) } } },
    }),
    ApiErrors('INVALID_PARAMETER'),
  );
}
