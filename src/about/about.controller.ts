import { Controller, Get, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Auth } from '../auth/auth.decorator.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { publicPrefix } from '../http/pagination/public-prefix.js';
import { ApiAbout } from './api-about.decorator.js';
import { AboutDto } from './about.dto.js';

@ApiTags('about')
@Controller()
export class AboutController {
  constructor(private readonly config: GatewayConfig) {}

  /** Name, version and where to go from here. */
  @Get()
  @Auth('public')
  @ApiAbout()
  about(@Req() request: FastifyRequest): AboutDto {
    return new AboutDto(publicPrefix(request, this.config.server));
  }
}
