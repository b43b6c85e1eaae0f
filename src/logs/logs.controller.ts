import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import type { Page } from '../http/pagination/page.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import { ApiListLogs } from './api-logs.decorator.js';
import { LogsQueryDto } from './logs-query.dto.js';
import { LogsService } from './logs.service.js';

@ApiTags('logs')
@Controller('api/logs')
export class LogsController {
  constructor(private readonly logsService: LogsService) {}

  @Get()
  @Auth('reader')
  @ApiListLogs()
  async logs(@Query() query: LogsQueryDto): Promise<Page<LogEntryDto>> {
    return (await this.logsService.newest(query)).map((event) => new LogEntryDto(event));
  }
}
