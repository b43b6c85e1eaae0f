import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../config/gateway-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ReadingStore, StoreUnavailable } from '../influx/reading-store.js';
import type { NewReading, Reading } from '../reading/reading.js';
import { formatTimestamp } from '../reading/timestamp.js';
import { AcceptanceClock } from './acceptance-clock.js';
import { GroupWriter } from './group-writer.js';

/** The only place that accepts readings, whichever way they come in. */
@Injectable()
export class IngestService implements OnApplicationShutdown {
  private readonly logger = new Logger(IngestService.name);
  private readonly writer: GroupWriter;

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(ReadingStore) store: ReadingStore,
    @Inject(AcceptanceClock) private readonly clock: AcceptanceClock,
  ) {
    this.writer = new GroupWriter(store, config.storeTimeoutMs);
  }

  /**
   * Accepts one reading.
   * @returns the reading with its timestamp, once it is on the store's disk
   * @throws GatewayError TIMESTAMP_IN_FUTURE, READING_REFUSED when the store will never take it, or a 503 when
   *   it may not be stored and can be sent again
   */
  async accept(arrived: NewReading): Promise<Reading> {
    this.refuseFuture(arrived.timestampUs);
    const reading: Reading = { ...arrived, timestampUs: arrived.timestampUs ?? (await this.stamp()) };
    const outcome = await this.writer.write(reading);
    if (!outcome.stored)
      throw new GatewayError('READING_REFUSED', `The store refuses this reading: ${outcome.reason}`);
    return reading;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.writer.idle();
    await this.clock.close();
  }

  private refuseFuture(timestampUs: number | undefined): void {
    const latestUs = (Date.now() + this.config.maxFutureMs) * 1000;
    if (timestampUs === undefined || timestampUs <= latestUs) return;
    const message = `timestamp must be at most ${this.config.MAX_FUTURE} ahead of the gateway's clock, before ${formatTimestamp(latestUs)}, got ${formatTimestamp(timestampUs)}`;
    throw new GatewayError('TIMESTAMP_IN_FUTURE', message, { errors: [{ path: 'timestamp', message }] });
  }

  private async stamp(): Promise<number> {
    try {
      return await this.clock.next();
    } catch (error) {
      this.logger.error(`The time of acceptance cannot be kept in DATA_DIR: ${(error as Error).message}`);
      throw new StoreUnavailable('The gateway cannot write to its own disk', 5_000, error);
    }
  }
}
