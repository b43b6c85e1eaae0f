import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { EventLog } from '../model/event-log.js';
import { Deletions } from '../pipeline/deletions.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
import { KnownSensors } from '../registry/known-sensors.js';
import { Heartbeats } from './heartbeats.js';
import { type ResetCause, StreamFeed } from './stream-feed.js';
import { StreamFilter } from './stream-filter.js';
import { parseHeartbeat, type StreamQueryDto } from './stream-query.dto.js';
import { Subscription } from './subscription.js';

/** The stream works this long at once, besides the writes to sockets. */
const SLICE_MS = 3;
/** Then it leaves the thread to others for so many times as long as all that took: ingest comes first. */
const REST = 2;
/** New messages wait this long, so that those of one moment are sent together. */
const GATHER_MS = 10;

/** Sends new readings and events to many clients. */
@Injectable()
export class StreamService implements BeforeApplicationShutdown {
  private readonly feed: StreamFeed;
  private readonly subscriptions = new Set<Subscription>();
  private readonly heartbeats = new Heartbeats();
  /** Subscriptions with something to send, first come, first served. */
  private readonly ready = new Set<Subscription>();
  private isScheduled = false;
  private restsUntilMs = 0;
  private isGathering = false;

  constructor(
    private readonly config: GatewayConfig,
    journal: JournalFeed,
    sensors: KnownSensors,
    log: EventLog,
    deletions: Deletions,
  ) {
    // One batch more than configured: otherwise the largest batch alone would leave every client behind.
    const capacity = config.readings.streamBufferReadings + config.readings.batchMaxRecords;
    this.feed = new StreamFeed(journal, sensors, log, capacity, () => {
      this.gather();
    });
    deletions.onFinished(({ deletion, refusal, isBegun }) => {
      if (refusal !== undefined && !isBegun) return;
      this.feed.outdateIds();
      for (const subscription of this.subscriptions) subscription.deleted(deletion);
    });
  }

  /** The number of clients. */
  get clients(): number {
    return this.subscriptions.size;
  }

  /** How often clients were reset since the start. */
  get resets(): Readonly<Record<ResetCause, number>> {
    return this.feed.resets;
  }

  /** Clients reconnect by themselves, with the id of the last message they got. */
  beforeApplicationShutdown(): void {
    for (const subscription of this.subscriptions) subscription.end();
  }

  /**
   * A stream of messages. It ends when the client disconnects or the gateway shuts down.
   * @param lastEventId the id of the last message that the client got, from its Last-Event-ID header
   */
  open(
    { zone, sensorId, type, heartbeat, lastEventId: given }: StreamQueryDto,
    lastEventId = given,
  ): Subscription {
    const filter = new StreamFilter({ zone, sensorIds: sensorId, types: type });
    const subscription: Subscription = new Subscription(this.feed, filter, lastEventId, () => {
      this.ready.add(subscription);
      this.schedule();
    });
    this.subscriptions.add(subscription);
    const everyMs = heartbeat === undefined ? undefined : parseHeartbeat(heartbeat);
    this.heartbeats.add(subscription, everyMs ?? this.config.readings.streamHeartbeatMs);
    subscription.once('close', () => {
      this.subscriptions.delete(subscription);
      this.ready.delete(subscription);
    });
    return subscription;
  }

  private gather(): void {
    if (this.isGathering || this.subscriptions.size === 0) return;
    this.isGathering = true;
    setTimeout(() => {
      this.isGathering = false;
      this.feed.wakeClients();
    }, GATHER_MS).unref();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setTimeout(
      () => {
        this.runSlice();
      },
      Math.max(0, this.restsUntilMs - performance.now()),
    ).unref();
  }

  private runSlice(): void {
    const startMs = performance.now();
    for (const subscription of this.ready) {
      this.ready.delete(subscription);
      subscription.advance();
      if (performance.now() - startMs >= SLICE_MS) break;
    }
    // After the writes, which Node puts off until what runs now has ended.
    process.nextTick(() => {
      const nowMs = performance.now();
      this.restsUntilMs = nowMs + REST * (nowMs - startMs);
      this.isScheduled = false;
      if (this.ready.size > 0) this.schedule();
    });
  }
}
