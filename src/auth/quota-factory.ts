import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import type { Key } from './key.js';
import { type QuotaHolder, Quota, type QuotaUnit } from './quota.js';
import { RateLimiter } from './rate-limiter.js';

/** Makes the quotas of a request, for the limits that are set, and keeps what keys and IP addresses have sent. */
@Injectable()
export class QuotaFactory {
  private readonly limiters = {
    key: { readings: new RateLimiter(), requests: new RateLimiter() },
    address: { readings: new RateLimiter(), requests: new RateLimiter() },
  };

  constructor(private readonly config: GatewayConfig) {}

  /** Whether any limit applies to a key, or where requests need none, to IP addresses. */
  hasLimits(key: Key | undefined): boolean {
    const { keyReadingsPerSecond, keyRequestsPerSecond, addressReadingsPerSecond, addressRequestsPerSecond } =
      this.config.auth;
    const ofKey = key
      ? (key.readingsPerSecond ?? keyReadingsPerSecond) + (key.requestsPerSecond ?? keyRequestsPerSecond)
      : 0;
    return ofKey + addressReadingsPerSecond + addressRequestsPerSecond > 0;
  }

  /**
   * @param key undefined when requests need no key
   * @param clientNetwork as clientNetworkOf() returns it
   */
  of(key: Key | undefined, clientNetwork: string): Quota[] {
    const { keyReadingsPerSecond, keyRequestsPerSecond, addressReadingsPerSecond, addressRequestsPerSecond } =
      this.config.auth;
    const quotas: Quota[] = [];
    const add = (holder: QuotaHolder, unit: QuotaUnit, perSecond: number): void => {
      if (perSecond > 0) quotas.push(new Quota(this.limiters[holder.kind][unit], holder, unit, perSecond));
    };
    if (key) {
      const holder = { kind: 'key', id: key.id } as const;
      add(holder, 'readings', key.readingsPerSecond ?? keyReadingsPerSecond);
      add(holder, 'requests', key.requestsPerSecond ?? keyRequestsPerSecond);
    }
    const holder = { kind: 'address', id: clientNetwork } as const;
    add(holder, 'readings', addressReadingsPerSecond);
    add(holder, 'requests', addressRequestsPerSecond);
    return quotas;
  }
}
