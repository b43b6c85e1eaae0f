import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';

import { Access } from '../access/access.decorator.js';
import { AliveDto } from './alive.dto.js';
import { PipelineHealthIndicator } from './pipeline.health-indicator.js';
import { StoreHealthIndicator } from './store.health-indicator.js';

@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(StoreHealthIndicator) private readonly store: StoreHealthIndicator,
    @Inject(PipelineHealthIndicator) private readonly pipeline: PipelineHealthIndicator,
  ) {}

  /** Says that the gateway answers; touches nothing else. */
  @Get()
  @Access('public')
  @ApiOperation({ summary: 'Says that the gateway answers; touches nothing else' })
  @ApiOkResponse({ type: AliveDto })
  alive(): AliveDto {
    return new AliveDto();
  }

  /** Liveness: the event loop answers. A store that is down is no reason to restart the gateway. */
  @Get('live')
  @Access('public')
  @ApiOperation({ summary: 'Liveness: the event loop answers' })
  @HealthCheck({ swaggerDocumentation: true })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  /** Readiness: requests are served. With the store down they still are, each with its own answer. */
  @Get('ready')
  @Access('public')
  @ApiOperation({ summary: 'Readiness: requests are served; tells of the store without failing for it' })
  @HealthCheck({ swaggerDocumentation: true })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.store.check('store'), () => this.pipeline.check('pipeline')]);
  }

  /** Startup: configuration is read and the files below DATA_DIR are open, else nobody would answer. */
  @Get('startup')
  @Access('public')
  @ApiOperation({ summary: 'Startup: configuration is read and the files below DATA_DIR are open' })
  @HealthCheck({ swaggerDocumentation: true })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }
}
