import { Controller, Get, Header, Headers, Inject, Query, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access } from '../access/access.decorator.js';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { StreamQueryDto } from './stream-query.dto.js';
import { StreamService } from './stream.service.js';

@ApiTags('stream')
@Controller('api/stream')
export class StreamController {
  constructor(@Inject(StreamService) private readonly streamService: StreamService) {}

  /** Readings and events as they come, as server-sent events. */
  @Get()
  @Access('reader')
  @Header('Cache-Control', 'no-store')
  @Header('X-Accel-Buffering', 'no')
  @ApiOperation({
    summary: 'Readings and events as they come, as server-sent events',
    description:
      'event: reading with a reading, event: log with an entry of the system log, event: reset where messages are missing, followed by the newest reading of each sensor',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last message that was seen: what followed it is sent first',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiErrors('INVALID_PARAMETER')
  open(@Query() query: StreamQueryDto, @Headers('last-event-id') lastEventId?: string): StreamableFile {
    return new StreamableFile(this.streamService.open(query, lastEventId), {
      type: 'text/event-stream; charset=utf-8',
    });
  }
}
