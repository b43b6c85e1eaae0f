import { networkInterfaces } from 'node:os';

import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { publicUrl } from '../http/pagination/public-prefix.js';
import { deviceUrls, isOnlyLocal } from './device-urls.js';
import { ReachabilityDto } from './reachability.dto.js';

/** Says by which URLs devices reach the gateway. */
@Injectable()
export class ReachabilityService {
  constructor(private readonly config: GatewayConfig) {}

  /** @param request may have come through a proxy, which devices use, too */
  of(request: FastifyRequest): ReachabilityDto {
    const { server } = this.config;
    const url = publicUrl(request, server);
    if (url !== undefined) return new ReachabilityDto([url], false);
    const address = request.server.server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no address');
    const listening = { ...address, scheme: server.tlsCert === '' ? 'http' : 'https' } as const;
    return new ReachabilityDto(deviceUrls(listening, networkInterfaces()), isOnlyLocal(listening));
  }
}
