import { Controller, Delete, Param, Query, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';
import { ApiDeleteReadings } from './api-deletion.decorator.js';
import { type DeletionDto, DeletionQueryDto } from './deletion.dto.js';
import { DeletionService } from './deletion.service.js';
import { NoIdempotencyKey } from './no-idempotency-key.guard.js';

@ApiTags('readings')
@Controller('api/readings')
export class DeletionController {
  constructor(private readonly deletions: DeletionService) {}

  /** Deletes a sensor's readings in a time range. */
  @Delete(':sensorId')
  @Auth('admin')
  @UseGuards(NoIdempotencyKey)
  @ApiDeleteReadings()
  delete(
    @Param() { sensorId }: SensorParamsDto,
    @Query() query: DeletionQueryDto,
    @CurrentPrincipal() principal: Principal,
    @ClientGone() gone: AbortSignal,
  ): Promise<DeletionDto> {
    return this.deletions.delete(sensorId, query, principal, gone);
  }
}
