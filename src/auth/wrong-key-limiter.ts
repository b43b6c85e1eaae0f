import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { EventLog } from '../model/event-log.js';
import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import { RateLimiter } from './rate-limiter.js';

/** An attack is reported at once, then once a minute. */
const REPORT_LIMIT = { burst: 1, everyMs: 60_000 };

/** Limits how many wrong keys one IP address may send. Valid keys from the same IP address are still served. */
@Injectable()
export class WrongKeyLimiter {
  private readonly limiter = new RateLimiter(60);
  private readonly reporter: ThrottledReporter<string>;

  constructor(
    private readonly config: GatewayConfig,
    log: EventLog,
  ) {
    this.reporter = new ThrottledReporter((clientNetwork, count) => {
      const more = count > 1 ? ` (and ${count - 1} more such requests since the last report)` : '';
      void log.record('anomaly', `Too many wrong keys from ${clientNetwork}${more}`);
    }, REPORT_LIMIT);
  }

  /** @returns undefined while the IP address is within the limit; else the error to answer with */
  count(clientNetwork: string): GatewayError | undefined {
    const { wrongKeysPerMinute } = this.config.auth;
    if (wrongKeysPerMinute === 0) return undefined;
    const { allowed, waitSeconds } = this.limiter.take(clientNetwork, 1, wrongKeysPerMinute);
    if (allowed) return undefined;
    this.reporter.report(clientNetwork);
    return new GatewayError(
      'TOO_MANY_WRONG_KEYS',
      `The IP address ${clientNetwork} sent more than ${wrongKeysPerMinute} wrong keys within a minute`,
      { headers: { 'Retry-After': String(Math.max(1, waitSeconds)) } },
    );
  }

  /** Reports what is still pending. */
  stop(): void {
    this.reporter.flush();
  }
}
