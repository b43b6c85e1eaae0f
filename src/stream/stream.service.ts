import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { EventLog } from '../model/event-log.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
import { KnownSensors } from '../registry/known-sensors.js';
import { type ResetCause, StreamFeed } from './stream-feed.js';
import { StreamFilter } from './stream-filter.js';
import type { StreamQueryDto } from './stream-query.dto.js';
import { Subscription } from './subscription.js';

/** The stream works for so long at once, and then leaves the thread to others for as long: ingest goes first. */
const TURN_MS = 5;
/** News waits for so long, so that what comes together is sent together. */
const GATHER_MS = 10;

/** Shows readings and events to many clients as they come. */
@Injectable()
export class StreamService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly feed: StreamFeed;
  private readonly subscriptions = new Set<Subscription>();
  /** Those who have something to do, in the order in which they came. */
  private readonly due = new Set<Subscription>();
  private isScheduled = false;
  private isNewsTold = false;

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(JournalFeed) journal: JournalFeed,
    @Inject(KnownSensors) sensors: KnownSensors,
    @Inject(EventLog) log: EventLog,
  ) {
    // One more batch, or the largest one alone would leave everybody behind.
    const capacity = config.readings.streamBufferReadings + config.readings.batchMaxRecords;
    this.feed = new StreamFeed(journal, sensors, log, capacity, () => {
      this.tellNews();
    });
  }

  /** How many clients there are. */
  get clients(): number {
    return this.subscriptions.size;
  }

  /** How often clients were reset since the start. */
  get resets(): Readonly<Record<ResetCause, number>> {
    return this.feed.resets;
  }

  onApplicationBootstrap(): void {
    setInterval(() => {
      for (const subscription of this.subscriptions) subscription.beat();
    }, this.config.readings.streamHeartbeatMs).unref();
  }

  /** Clients come back by themselves, with the id of what they saw last. */
  beforeApplicationShutdown(): void {
    for (const subscription of this.subscriptions) subscription.end();
  }

  /**
   * A stream of messages that ends with the client's interest or the gateway.
   * @param lastEventId what the client saw last, from its Last-Event-ID header
   */
  open({ zone, sensorId, type, lastEventId: given }: StreamQueryDto, lastEventId = given): Subscription {
    const filter = new StreamFilter({ zone, sensorIds: sensorId, types: type });
    const subscription: Subscription = new Subscription(this.feed, filter, lastEventId, () => {
      this.due.add(subscription);
      this.schedule(0);
    });
    this.subscriptions.add(subscription);
    subscription.once('close', () => {
      this.subscriptions.delete(subscription);
      this.due.delete(subscription);
    });
    return subscription;
  }

  private tellNews(): void {
    if (this.isNewsTold || this.subscriptions.size === 0) return;
    this.isNewsTold = true;
    setTimeout(() => {
      this.isNewsTold = false;
      for (const subscription of this.subscriptions) this.due.add(subscription);
      this.schedule(0);
    }, GATHER_MS).unref();
  }

  private schedule(afterMs: number): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setTimeout(() => {
      this.isScheduled = false;
      this.takeTurns();
    }, afterMs).unref();
  }

  private takeTurns(): void {
    const start = performance.now();
    for (const subscription of this.due) {
      this.due.delete(subscription);
      subscription.advance();
      const tookMs = performance.now() - start;
      if (tookMs < TURN_MS) continue;
      if (this.due.size > 0) this.schedule(tookMs);
      return;
    }
  }
}
