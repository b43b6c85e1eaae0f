import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import type { Page } from '../http/pagination/page.js';
import { ApiPage } from '../http/pagination/paging.decorator.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import { LogsQueryDto } from './logs-query.dto.js';
import { LogsService } from './logs.service.js';

@ApiTags('logs')
@Controller('api/logs')
export class LogsController {
  constructor(@Inject(LogsService) private readonly logsService: LogsService) {}

  /** The system log, newest first by when it happened. */
  @Get()
  @Auth('reader')
  @ApiOperation({
    operationId: 'listLogs',
    summary: 'The system log, newest first',
    description:
      'Every filter narrows; without any, all that is kept. Of entries of one time, the one kept last stands first.',
  })
  @ApiPage(LogEntryDto)
  @ApiErrors('INVALID_PARAMETER')
  async logs(@Query() query: LogsQueryDto): Promise<Page<LogEntryDto>> {
    return (await this.logsService.newest(query)).map((event) => new LogEntryDto(event));
  }
}
