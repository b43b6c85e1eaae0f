import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Auth } from '../auth/auth.decorator.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { publicPrefix } from '../http/pagination/public-prefix.js';
import { ApiAbout, ApiReachability } from './api-about.decorator.js';
import { AboutDto } from './about.dto.js';
import type { ReachabilityDto } from './reachability.dto.js';
import { ReachabilityService } from './reachability.service.js';

@ApiTags('about')
@Controller()
export class AboutController {
  constructor(
    private readonly config: GatewayConfig,
    private readonly reachabilityService: ReachabilityService,
  ) {}

  /** Name, version and where to go from here. */
  @Get()
  @Auth('public')
  @ApiAbout()
  about(@Req() request: FastifyRequest): AboutDto {
    return new AboutDto(publicPrefix(request, this.config.server));
  }

  /** By which URLs devices reach the gateway. */
  @Get('api/about')
  @Auth('reader')
  @Header('Cache-Control', 'no-store')
  @ApiReachability()
  reachability(@Req() request: FastifyRequest): ReachabilityDto {
    return this.reachabilityService.of(request);
  }
}
