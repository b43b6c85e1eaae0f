import { Readable } from 'node:stream';

import type { Deletion } from '../model/deletion.js';
import type { LoggedEvent } from '../model/system-event.js';
import type { Sensor } from '../registry/sensor.js';
import { toGreeting, toHeartbeat, toMessage } from './sse.js';
import type { ResetCause, Slot, StreamFeed } from './stream-feed.js';
import type { StreamFilter } from './stream-filter.js';
import type { StreamPosition } from './stream-position.js';
import type { Member, Topic } from './topic.js';

/** How long a client waits before it reconnects. */
const RETRY_MS = 1_000;
/** Bytes that wait for a client at most, besides the buffers of the operating system. */
const BUFFER_BYTES = 64 << 10;
/** Messages in one chunk at most. */
const MAX_MESSAGES = 500;
/**
 * For so long after it has got the newest readings, a client is not reset because of deletions: many of them, one after the other,
 * would make it start over with each.
 */
const DELETION_PAUSE_MS = 10_000;

/**
 * One client of the stream. It keeps no messages, only its position in the buffer that all clients share. A slow client
 * falls behind there. Beyond the end of the buffer it gets `reset` and the newest reading of each sensor.
 */
export class Subscription extends Readable implements Member {
  private readonly topic: Topic;
  private at: StreamPosition;
  /** A client that reconnected gets every reading up to here, from the journal where memory no longer has them. */
  private readonly replayTo: number;
  private snapshot: Iterator<Sensor> | undefined;
  /** Up to here a reading is left out unless it is still the newest: the client may have a newer one. */
  private latestTo = 0;
  /** Fetched for a client that reconnected; they follow its position. */
  private readings: readonly Slot[] = [];
  private events: readonly LoggedEvent[] = [];
  /** Whether the client takes more. */
  private wantsMore = false;
  private isFetching = false;
  private restTimer: NodeJS.Timeout | undefined;

  /**
   * @param lastEventId of the last message in an earlier connection; undefined for a new client
   * @param onWork called when advance() would have something to do
   */
  constructor(
    private readonly feed: StreamFeed,
    wanted: StreamFilter,
    lastEventId: string | undefined,
    private readonly onWork: () => void,
  ) {
    super({ highWaterMark: BUFFER_BYTES });
    this.topic = feed.join(wanted, this);
    const { head } = feed;
    const from = lastEventId === undefined ? head : feed.fromId(lastEventId);
    this.at = from ?? head;
    this.replayTo = head.reading;
    this.push(toGreeting(RETRY_MS, feed.toId(this.at)));
    if (!from) this.reset('unknown', 'The messages after this Last-Event-ID are no longer known');
  }

  override _read(): void {
    this.wantsMore = true;
    if (this.isBehind()) this.onWork();
  }

  wake(): void {
    if (this.wantsMore && this.isBehind()) this.onWork();
  }

  /** Sends one chunk of new messages, if the client takes more. */
  advance(): void {
    if (!this.wantsMore || this.isFetching || this.destroyed) return;
    const chunk = this.next();
    if (chunk.length > 0) this.wantsMore = this.push(chunk);
    if (this.wantsMore && this.isBehind()) this.onWork();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.restTimer);
    this.feed.leave(this.topic, this);
    done(error);
  }

  /** Readings were deleted: if the client may have shown them, it is reset, though not in the middle of a reset. */
  deleted(deletion: Deletion): void {
    if (!this.topic.filter.mayHaveShown(deletion)) return;
    this.at = { ...this.at, isOutdated: true };
    if (this.isResetDue) this.onWork();
    // Until then the client may disconnect.
    else this.sendHeartbeat();
  }

  /** Keeps the connection alive, and gives an idle client its present position. A client that takes no more has bytes to read. */
  sendHeartbeat(): void {
    if (!this.wantsMore) return;
    this.skipUnwanted();
    // A client that leaves in the middle of a reset needs another one.
    const id = this.snapshot ? this.feed.resetId : this.feed.toId(this.at);
    this.wantsMore = this.push(toHeartbeat(id));
  }

  /** The gateway shuts down: the client may reconnect later, or to another gateway. */
  end(): void {
    this.push(null);
  }

  private isBehind(): boolean {
    if (this.isFetching) return false;
    return this.isResetDue || this.snapshot !== undefined || this.topic.hasAfter(this.at, this.feed.head);
  }

  private get isResetDue(): boolean {
    return this.at.isOutdated === true && !this.snapshot && !this.restTimer;
  }

  private next(): string | Buffer {
    this.skipUnwanted();
    if (this.isResetDue) {
      this.reset('deleted', 'Readings were deleted');
      return '';
    }
    if (this.snapshot) return this.nextOfSnapshot(this.snapshot);
    if (!this.feed.hasEventsAfter(this.at)) return this.nextOfEvents();
    if (!this.feed.hasReadingsAfter(this.at)) {
      if (this.at.reading < this.replayTo) return this.nextOfReplay();
      this.reset('slow', 'The client is too slow');
      return '';
    }
    const { bytes, at } = this.feed.next(this.topic, this.at, this.latestTo);
    this.at = at;
    return bytes;
  }

  /** What the client does not want needs not be in memory any more. What was fetched follows the position, so it stays. */
  private skipUnwanted(): void {
    if (this.isFetching) return;
    const { head } = this.feed;
    const reading = this.readings.length > 0 ? this.at.reading : this.topic.skipReadings(this.at, head);
    const event = this.events.length > 0 ? this.at.event : this.topic.skipEvents(this.at, head);
    if (reading !== this.at.reading || event !== this.at.event) this.at = { ...this.at, reading, event };
  }

  private reset(cause: ResetCause, reason: string): void {
    this.feed.resets[cause] += 1;
    const { head } = this.feed;
    // A deletion loses no events.
    this.at = cause === 'deleted' ? { ...head, event: this.at.event } : head;
    this.readings = [];
    this.events = [];
    if (this.topic.filter.wantsReadings) this.snapshot = this.feed.latest(this.topic.filter);
    const id = this.snapshot ? this.feed.resetId : this.feed.toId(this.at);
    this.wantsMore = this.push(toMessage('reset', id, JSON.stringify({ reason }))) && this.wantsMore;
  }

  private nextOfSnapshot(sensors: Iterator<Sensor>): string {
    let text = '';
    for (let count = 0; count < MAX_MESSAGES; count += 1) {
      const next = sensors.next();
      if (next.done) {
        this.snapshot = undefined;
        this.latestTo = this.feed.head.reading;
        this.pauseResets();
        return text + toHeartbeat(this.feed.toId(this.at));
      }
      text += this.feed.formatLatest(next.value.latest);
    }
    return text;
  }

  private pauseResets(): void {
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      this.restTimer = undefined;
      if (this.isBehind()) this.onWork();
    }, DELETION_PAUSE_MS).unref();
  }

  private nextOfEvents(): string {
    if (this.events.length === 0) {
      this.fetch(
        () => this.feed.eventsFromLog(this.at),
        (events) => (this.events = events),
      );
      return '';
    }
    const { text, at } = this.feed.formatEvents(this.topic.filter, this.at, this.events);
    this.events = [];
    this.at = at;
    return text;
  }

  private nextOfReplay(): string {
    if (this.readings.length === 0) {
      this.fetch(
        () => this.feed.readingsFromJournal(this.at),
        (readings) => (this.readings = readings),
      );
      return '';
    }
    const { text, at } = this.feed.formatReadings(
      this.topic.filter,
      this.at,
      this.readings.slice(0, MAX_MESSAGES),
    );
    this.readings = this.readings.slice(MAX_MESSAGES);
    this.at = at;
    return text;
  }

  /** Fetches what memory no longer has. If the journal or the log does not have it either, the client is reset. */
  private fetch<T>(ask: () => Promise<T | undefined>, take: (found: T) => void): void {
    this.isFetching = true;
    void ask()
      .catch(() => undefined)
      .then((found) => {
        this.isFetching = false;
        if (this.destroyed) return;
        if (found === undefined) this.reset('unknown', 'The messages that follow are no longer known');
        else take(found);
        this.onWork();
      });
  }
}
