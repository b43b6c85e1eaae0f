import { Inject, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { EventLog } from '../model/event-log.js';
import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import { RateLimiter } from './rate-limiter.js';

/** An attack is told at once, then once a minute. */
const REPORT_LIMIT = { burst: 1, everyMs: 60_000 };

/** Slows down whoever tries keys. A good key is served all the same, from the same address, too. */
@Injectable()
export class WrongKeyLimiter {
  private readonly limiter = new RateLimiter(60);
  private readonly reporter: ThrottledReporter<string>;

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(EventLog) log: EventLog,
  ) {
    this.reporter = new ThrottledReporter((address, count) => {
      const more = count > 1 ? ` (and ${count - 1} more such requests since this was last told)` : '';
      void log.note('anomaly', `Too many wrong keys from ${address}${more}`);
    }, REPORT_LIMIT);
  }

  /** @returns undefined while that is within bounds; else what to answer instead of what is wrong with the key */
  count(address: string): GatewayError | undefined {
    const { wrongKeysPerMinute } = this.config.auth;
    if (wrongKeysPerMinute === 0) return undefined;
    const { allowed, waitSeconds } = this.limiter.take(address, 1, wrongKeysPerMinute);
    if (allowed) return undefined;
    this.reporter.report(address);
    return new GatewayError(
      'TOO_MANY_WRONG_KEYS',
      `The address ${address} sent more than ${wrongKeysPerMinute} wrong keys within a minute`,
      { headers: { 'Retry-After': String(Math.max(1, waitSeconds)) } },
    );
  }

  /** Tells what is untold. */
  stop(): void {
    this.reporter.flush();
  }
}
