import { Controller, Get, Header, Headers, Inject, Query, StreamableFile } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { StreamMessageDto } from './stream-message.dto.js';
import { StreamQueryDto } from './stream-query.dto.js';
import { StreamService } from './stream.service.js';

@ApiTags('stream')
@Controller('api/stream')
export class StreamController {
  constructor(@Inject(StreamService) private readonly streamService: StreamService) {}

  /** Readings and events as they come, as server-sent events. */
  @Get()
  @Auth('reader')
  @Header('Cache-Control', 'no-store')
  @Header('X-Accel-Buffering', 'no')
  @ApiOperation({
    operationId: 'openStream',
    summary: 'Readings and events as they come, as server-sent events',
    description:
      'event: reading with a reading, event: log with an entry of the system log, event: reset where messages are missing, followed by the newest reading of each sensor',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last message that was seen: what followed it is sent first',
  })
  @ApiExtraModels(StreamMessageDto)
  @ApiOkResponse({
    description: 'Messages without end; a comment now and then keeps the connection',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(StreamMessageDto) } } },
  })
  @ApiErrors('INVALID_PARAMETER')
  open(@Query() query: StreamQueryDto, @Headers('Last-Event-ID') lastEventId?: string): StreamableFile {
    return new StreamableFile(this.streamService.open(query, lastEventId), {
      type: 'text/event-stream; charset=utf-8',
    });
  }
}
