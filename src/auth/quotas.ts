import { Inject, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import type { Key } from './key.js';
import { type Counted, Quota, type Unit } from './quota.js';
import { RateLimiter } from './rate-limiter.js';

/** Counts what keys and addresses send, as far as there are limits. */
@Injectable()
export class Quotas {
  private readonly limiters = {
    key: { readings: new RateLimiter(), requests: new RateLimiter() },
    address: { readings: new RateLimiter(), requests: new RateLimiter() },
  };

  constructor(@Inject(GatewayConfig) private readonly config: GatewayConfig) {}

  /**
   * @param key undefined where no keys are asked for
   * @param address as clientOf() gives it
   */
  of(key: Key | undefined, address: string): Quota[] {
    const { LIMIT_KEY_READINGS, LIMIT_KEY_REQUESTS, LIMIT_ADDRESS_READINGS, LIMIT_ADDRESS_REQUESTS } =
      this.config;
    const quotas: Quota[] = [];
    const add = (counted: Counted, unit: Unit, perSecond: number): void => {
      if (perSecond > 0) quotas.push(new Quota(this.limiters[counted.by][unit], counted, unit, perSecond));
    };
    if (key) {
      const counted = { by: 'key', id: key.id } as const;
      add(counted, 'readings', key.readingsPerSecond ?? LIMIT_KEY_READINGS);
      add(counted, 'requests', key.requestsPerSecond ?? LIMIT_KEY_REQUESTS);
    }
    const counted = { by: 'address', id: address } as const;
    add(counted, 'readings', LIMIT_ADDRESS_READINGS);
    add(counted, 'requests', LIMIT_ADDRESS_REQUESTS);
    return quotas;
  }
}
