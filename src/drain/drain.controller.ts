import { Controller, Delete, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import { ApiCancelDrain, ApiDrainStatus, ApiStartDrain } from './api-drain.decorator.js';
import { DrainQueryDto } from './drain-query.dto.js';
import { DrainDto } from './drain.dto.js';
import { DrainService } from './drain.service.js';

@ApiTags('pipeline')
@Controller('api/drain')
export class DrainController {
  constructor(private readonly drainService: DrainService) {}

  @Get()
  @Auth('admin')
  @ApiDrainStatus()
  status(): DrainDto {
    return this.drainService.status();
  }

  @Post()
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiStartDrain()
  start(@Query() { waitSeconds }: DrainQueryDto, @ClientGone() gone: AbortSignal): Promise<DrainDto> {
    return this.drainService.start(waitSeconds * 1000, gone);
  }

  @Delete()
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiCancelDrain()
  cancel(): Promise<DrainDto> {
    return this.drainService.cancel();
  }
}
