import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';

import { Auth } from '../auth/auth.decorator.js';
import { Principal } from '../auth/principal.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import { AliveDto } from './alive.dto.js';
import { PipelineHealthIndicator } from './pipeline.health-indicator.js';
import { Readiness } from './readiness.js';
import { StoreHealthIndicator } from './store.health-indicator.js';

@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(StoreHealthIndicator) private readonly store: StoreHealthIndicator,
    @Inject(PipelineHealthIndicator) private readonly pipeline: PipelineHealthIndicator,
  ) {}

  /** Says that the gateway answers; touches nothing else. */
  @Get()
  @Auth('public')
  @ApiOperation({ summary: 'Says that the gateway answers; touches nothing else' })
  @ApiOkResponse({ type: AliveDto })
  alive(): AliveDto {
    return new AliveDto();
  }

  /** Liveness: the event loop answers. A store that is down is no reason to restart the gateway. */
  @Get('live')
  @Auth('public')
  @ApiOperation({ summary: 'Liveness: the event loop answers' })
  @HealthCheck({ swaggerDocumentation: true })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Readiness: requests are wanted. With the store down they still are, each with its own answer. */
  @Get('ready')
  @Auth('public')
  @ApiOperation({
    summary: 'Readiness: everything is recovered, and the gateway is neither drained nor stopping',
    description:
      'A store that is down, or a full journal, is told as degraded; reasons and counts are told to admins alone.',
  })
  @HealthCheck({ swaggerDocumentation: true })
  ready(@CurrentPrincipal() { role }: Principal): Promise<HealthCheckResult> {
    const isAdmin = role === 'admin';
    return this.health.check([
      () => this.readiness.check('gateway'),
      () => this.store.check('store', isAdmin),
      () => this.pipeline.check('pipeline', isAdmin),
    ]);
  }

  /** Startup: what was on disk is recovered. Until then the front door answers 503 in this one's place. */
  @Get('startup')
  @Auth('public')
  @ApiOperation({ summary: 'Startup: configuration is read, and what is on disk is recovered' })
  @HealthCheck({ swaggerDocumentation: true })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }
}
