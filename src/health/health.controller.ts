import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';

import { Auth } from '../auth/auth.decorator.js';
import { Principal } from '../auth/principal.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import { AliveDto } from './alive.dto.js';
import { ApiAlive, ApiLive, ApiReady, ApiStartup } from './api-health.decorator.js';
import { PipelineHealthIndicator } from './pipeline.health-indicator.js';
import { Readiness } from './readiness.js';
import { StoreHealthIndicator } from './store.health-indicator.js';

@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: Readiness,
    private readonly store: StoreHealthIndicator,
    private readonly pipeline: PipelineHealthIndicator,
  ) {}

  @Get()
  @Auth('public')
  @ApiAlive()
  alive(): AliveDto {
    return new AliveDto();
  }

  /** A store that is down is no reason to restart the gateway. */
  @Get('live')
  @Auth('public')
  @ApiLive()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Also with the store down: each request gets its own answer then. */
  @Get('ready')
  @Auth('public')
  @ApiReady()
  ready(@CurrentPrincipal() { role }: Principal): Promise<HealthCheckResult> {
    const isAdmin = role === 'admin';
    return this.health.check([
      () => this.readiness.check('gateway'),
      () => this.store.check('store', isAdmin),
      () => this.pipeline.check('pipeline', isAdmin),
    ]);
  }

  /** Until recovery is complete, GatewayServer answers 503 in place of this route. */
  @Get('startup')
  @Auth('public')
  @ApiStartup()
  startup(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }
}
