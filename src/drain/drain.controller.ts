import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import { DrainQueryDto } from './drain-query.dto.js';
import { DrainDto } from './drain.dto.js';
import { DrainService } from './drain.service.js';

@ApiTags('pipeline')
@Controller('api/drain')
export class DrainController {
  constructor(@Inject(DrainService) private readonly drainService: DrainService) {}

  /** How far the gateway is drained. */
  @Get()
  @Auth('admin')
  @ApiOperation({ summary: 'How far the gateway is drained' })
  @ApiOkResponse({ type: DrainDto })
  status(): DrainDto {
    return this.drainService.status();
  }

  /** Accepts nothing more, and answers once the journal is empty. */
  @Post()
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Accepts no more readings, and answers once the journal is empty',
    description:
      'Sending it again goes on waiting. Readings are refused with DRAINING until the drain is ended or the gateway started anew.',
  })
  @ApiOkResponse({ type: DrainDto })
  @ApiErrors('INVALID_PARAMETER')
  start(@Query() { waitSeconds }: DrainQueryDto, @ClientGone() gone: AbortSignal): Promise<DrainDto> {
    return this.drainService.start(waitSeconds * 1000, gone);
  }

  /** Accepts again. */
  @Delete()
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Accepts readings again' })
  @ApiOkResponse({ type: DrainDto })
  async end(): Promise<DrainDto> {
    await this.drainService.end();
    return this.drainService.status();
  }
}
