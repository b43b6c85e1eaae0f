import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Access } from '../auth/access.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import type { Page } from '../http/pagination/page.js';
import { ApiPage } from '../http/pagination/paging.decorator.js';
import { DeadLetterDto, ReplayedDto } from './dead-letter.dto.js';
import { DeadLetterParamsDto, DeadLettersQueryDto } from './dead-letters-query.dto.js';
import { DeadLettersService } from './dead-letters.service.js';

@ApiTags('pipeline')
@Controller('api/dead-letters')
export class DeadLettersController {
  constructor(private readonly deadLetters: DeadLettersService) {}

  /** What the store refused for good, oldest first. */
  @Get()
  @Access('admin')
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'What the store refused for good, oldest first' })
  @ApiPage(DeadLetterDto)
  @ApiErrors('INVALID_PARAMETER', 'JOURNAL_UNAVAILABLE')
  async page(@Query() query: DeadLettersQueryDto): Promise<Page<DeadLetterDto>> {
    return (await this.deadLetters.page(query)).map((letter) => new DeadLetterDto(letter));
  }

  /** Sends them all through the journal again. */
  @Post('replay')
  @Access('admin')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'replayDeadLetters',
    summary:
      'Sends all dead letters to the store again, of one point the newest; none overwrites what the store took meanwhile',
  })
  @ApiOkResponse({ type: ReplayedDto })
  @ApiErrors('DRAINING', 'JOURNAL_FULL', 'DISK_FULL', 'JOURNAL_UNAVAILABLE', 'TOO_BUSY')
  async replay(): Promise<ReplayedDto> {
    return new ReplayedDto(await this.deadLetters.replay());
  }

  /** Gives one up for good. */
  @Delete(':id')
  @Access('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ operationId: 'deleteDeadLetter', summary: 'Gives a dead letter up for good' })
  @ApiNoContentResponse()
  @ApiErrors('INVALID_PARAMETER', 'DEAD_LETTER_NOT_FOUND', 'JOURNAL_UNAVAILABLE')
  async delete(@Param() { id }: DeadLetterParamsDto): Promise<void> {
    await this.deadLetters.delete(id);
  }
}
