import { Readable } from 'node:stream';

import type { LoggedEvent } from '../model/system-event.js';
import type { Sensor } from '../registry/sensor.js';
import type { Slot } from './recent-readings.js';
import { toGreeting, toHeartbeat, toMessage } from './sse.js';
import type { ResetCause, StreamFeed } from './stream-feed.js';
import type { StreamFilter } from './stream-filter.js';
import type { StreamPosition } from './stream-position.js';

/** How long a client waits before it comes back. */
const RETRY_MS = 1_000;
/** Bytes that wait for a client at most, beside what the system buffers. */
const BUFFER_BYTES = 64 << 10;
/** Messages that are made in one go. */
const MAX_AT_ONCE = 500;

/**
 * One client of the stream. It keeps no messages, only its position in what all clients share: one that is slow
 * falls behind there, and beyond the shared buffer it is sent `reset` and the newest reading of each sensor.
 */
export class Subscription extends Readable {
  private at: StreamPosition;
  /** Up to here a client that came back gets every reading, from the journal where memory has no more of them. */
  private readonly replayTo: number;
  private snapshot: Iterator<Sensor> | undefined;
  /** Up to here a reading that is the newest no more is left out: the client may have a newer one. */
  private latestTo = 0;
  /** What was fetched for a client that came back, and follows its position. */
  private readings: readonly Slot[] = [];
  private events: readonly LoggedEvent[] = [];
  private isHungry = false;
  private isFetching = false;

  /**
   * @param lastEventId what the client saw last in an earlier connection; undefined for one that begins now
   * @param onWork called when advance() would have something to do
   */
  constructor(
    private readonly feed: StreamFeed,
    private readonly wanted: StreamFilter,
    lastEventId: string | undefined,
    private readonly onWork: () => void,
  ) {
    super({ highWaterMark: BUFFER_BYTES });
    const { head } = feed;
    const from = lastEventId === undefined ? head : feed.fromId(lastEventId);
    this.at = from ?? head;
    this.replayTo = head.reading;
    this.push(toGreeting(RETRY_MS, feed.toId(this.at)));
    if (!from) this.reset('unknown', 'What follows this Last-Event-ID is not known any more');
  }

  override _read(): void {
    this.isHungry = true;
    if (this.isBehind()) this.onWork();
  }

  /** Sends what has come since, as far as the client takes it and one go reaches. */
  advance(): void {
    if (!this.isHungry || this.isFetching || this.destroyed) return;
    const text = this.next();
    if (text !== '') this.isHungry = this.push(text);
    if (this.isHungry && this.isBehind()) this.onWork();
  }

  /** Keeps the connection alive, and tells a client to whom nothing was sent where it stands. */
  beat(): void {
    if (this.isHungry && !this.snapshot) this.isHungry = this.push(toHeartbeat(this.feed.toId(this.at)));
  }

  /** The gateway stops: the client may come back elsewhere, or later. */
  end(): void {
    this.push(null);
  }

  private isBehind(): boolean {
    if (this.isFetching) return false;
    const { reading, event } = this.feed.head;
    return this.snapshot !== undefined || this.at.reading < reading || this.at.event < event;
  }

  private next(): string {
    this.skipUnwanted();
    if (this.snapshot) return this.nextOfSnapshot(this.snapshot);
    if (!this.feed.hasEventsAfter(this.at)) return this.nextOfEvents();
    if (!this.feed.hasReadingsAfter(this.at)) {
      if (this.at.reading < this.replayTo) return this.nextOfReplay();
      this.reset('slow', 'The client was too slow');
      return '';
    }
    const { text, at } = this.feed.next(this.wanted, this.at, this.latestTo);
    this.at = at;
    return text;
  }

  /** A client that wants none of a kind is always up to date with it. */
  private skipUnwanted(): void {
    const { head } = this.feed;
    if (!this.wanted.wantsReadings) this.at = { ...this.at, reading: head.reading };
    if (!this.wanted.wantsEvents) this.at = { ...this.at, event: head.event };
  }

  private reset(cause: ResetCause, reason: string): void {
    this.feed.resets[cause] += 1;
    this.at = this.feed.head;
    this.readings = [];
    this.events = [];
    if (this.wanted.wantsReadings) this.snapshot = this.feed.latest(this.wanted);
    const id = this.snapshot ? this.feed.resetId : this.feed.toId(this.at);
    this.isHungry = this.push(toMessage('reset', id, JSON.stringify({ reason }))) && this.isHungry;
  }

  private nextOfSnapshot(sensors: Iterator<Sensor>): string {
    let text = '';
    for (let count = 0; count < MAX_AT_ONCE; count += 1) {
      const next = sensors.next();
      if (next.done) {
        this.snapshot = undefined;
        this.latestTo = this.feed.head.reading;
        return text + toHeartbeat(this.feed.toId(this.at));
      }
      text += this.feed.show(next.value.latest, this.feed.resetId);
    }
    return text;
  }

  private nextOfEvents(): string {
    if (this.events.length === 0) {
      this.fetch(
        () => this.feed.eventsFromLog(this.at),
        (events) => (this.events = events),
      );
      return '';
    }
    const { text, at } = this.feed.showEvents(this.wanted, this.at, this.events);
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
    const { text, at } = this.feed.showReadings(this.wanted, this.at, this.readings.slice(0, MAX_AT_ONCE));
    this.readings = this.readings.slice(MAX_AT_ONCE);
    this.at = at;
    return text;
  }

  /** Fetches what memory does not have; what nobody has any more ends in a reset. */
  private fetch<T>(ask: () => Promise<T | undefined>, take: (found: T) => void): void {
    this.isFetching = true;
    void ask()
      .catch(() => undefined)
      .then((found) => {
        this.isFetching = false;
        if (this.destroyed) return;
        if (found === undefined) this.reset('unknown', 'What followed is not known any more');
        else take(found);
        this.onWork();
      });
  }
}
