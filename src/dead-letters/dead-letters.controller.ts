import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import type { Page } from '../http/pagination/page.js';
import {
  ApiDeleteDeadLetter,
  ApiListDeadLetters,
  ApiReplayDeadLetters,
} from './api-dead-letters.decorator.js';
import type { DeadLetterDto, ReplayedDto } from './dead-letter.dto.js';
import { DeadLetterParamsDto, DeadLettersQueryDto } from './dead-letters-query.dto.js';
import { DeadLettersService } from './dead-letters.service.js';

@ApiTags('pipeline')
@Controller('api/dead-letters')
export class DeadLettersController {
  constructor(private readonly deadLetters: DeadLettersService) {}

  /** What the store refused for good, oldest first. */
  @Get()
  @Auth('admin')
  @ApiListDeadLetters()
  page(@Query() query: DeadLettersQueryDto): Promise<Page<DeadLetterDto>> {
    return this.deadLetters.page(query);
  }

  /** Sends all of them through the journal again. */
  @Post('replay')
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiReplayDeadLetters()
  replay(): Promise<ReplayedDto> {
    return this.deadLetters.replay();
  }

  /** Deletes one for good. */
  @Delete(':id')
  @Auth('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiDeleteDeadLetter()
  async delete(@Param() { id }: DeadLetterParamsDto): Promise<void> {
    await this.deadLetters.delete(id);
  }
}
