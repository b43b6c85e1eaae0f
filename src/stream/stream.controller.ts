import { Controller, Get, Header, Headers, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiOpenStream } from './api-stream.decorator.js';
import { StreamQueryDto } from './stream-query.dto.js';
import { StreamService } from './stream.service.js';

@ApiTags('stream')
@Controller('api/stream')
export class StreamController {
  constructor(private readonly streamService: StreamService) {}

  @Get()
  @Auth('reader')
  @Header('Cache-Control', 'no-store')
  @Header('X-Accel-Buffering', 'no')
  @ApiOpenStream()
  open(@Query() query: StreamQueryDto, @Headers('Last-Event-ID') lastEventId?: string): StreamableFile {
    return new StreamableFile(this.streamService.open(query, lastEventId), {
      type: 'text/event-stream; charset=utf-8',
    });
  }
}
