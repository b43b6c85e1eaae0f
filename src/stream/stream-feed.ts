import type { LoggedEvent } from '../model/system-event.js';
import type { EventLog } from '../model/event-log.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import { positionBefore } from '../journal/journal-entry.js';
import type { JournalFeed } from '../pipeline/journal-feed.js';
import type { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor, SensorFilter } from '../registry/sensor.js';
import type { Reading } from '../model/reading.js';
import { StoredReadingDto } from '../model/stored-reading.dto.js';
import { RecentEvents } from './recent-events.js';
import { RecentReadings, type Slot } from './recent-readings.js';
import { toMessage } from './sse.js';
import type { StreamFilter } from './stream-filter.js';
import { fromStreamId, type StreamPosition, toStreamId } from './stream-position.js';

/** Positions that one chunk of text covers at most. */
const MAX_POSITIONS = 500;
/** Bytes of the journal, and events of the log, that are fetched at once for a client that reconnects. */
const FETCH_BYTES = 64 << 10;
const FETCH_EVENTS = 500;

/** Why a client was reset: it fell behind, what follows its id is no longer known, or readings were deleted. */
export type ResetCause = 'slow' | 'unknown' | 'deleted';

/** Text for a client, and the client's position after it. */
export interface StreamChunk {
  readonly text: string;
  readonly at: StreamPosition;
}

/** What all clients share: the newest readings and events from memory, older ones from the journal and the log. */
export class StreamFeed {
  /** How often clients were reset since the start. */
  readonly resets: Record<ResetCause, number> = { slow: 0, unknown: 0, deleted: 0 };
  private readonly identity: string;
  private readonly readings: RecentReadings;
  private readonly events: RecentEvents;
  /** A client at this position, or before it, may show readings that were deleted since. */
  private outdatedTo = -1;
  private readonly json = new WeakMap<Reading, string>();
  /** Clients with the same filter at the same position get the same text. */
  private readonly chunks = new Map<string, StreamChunk>();

  constructor(
    private readonly journal: JournalFeed,
    private readonly sensors: KnownSensors,
    private readonly log: EventLog,
    capacity: number,
    onAdded: () => void,
  ) {
    this.identity = journal.identity + log.identity;
    this.readings = new RecentReadings(capacity);
    this.readings.startAfter(journal.position);
    this.events = new RecentEvents(log.lastRow);
    journal.onAccepted((accepted) => {
      for (const one of accepted) {
        const { entry } = one;
        // Replayed dead letters were shown when they were accepted.
        this.readings.push(one, entry.replayed === undefined && entry.deletion === undefined);
      }
      this.chunks.clear();
      onAdded();
    });
    log.onAppended((events) => {
      this.events.push(events);
      this.chunks.clear();
      onAdded();
    });
  }

  /** The newest position. */
  get head(): StreamPosition {
    return { reading: this.readings.lastPosition, event: this.events.lastRow };
  }

  toId(position: StreamPosition): string {
    return position.isOutdated ? this.resetId : toStreamId(this.identity, position);
  }

  /** The id of the messages that follow a reset: a client that reconnects with it is reset again. */
  get resetId(): string {
    return `${this.identity}-reset`;
  }

  /** To be called when readings were deleted: a client that reconnects with an id from before is reset. */
  outdateIds(): void {
    this.outdatedTo = this.head.reading;
  }

  /** @returns undefined when the id is of another journal or log, was never given, or readings were deleted since */
  fromId(id: string): StreamPosition | undefined {
    const at = fromStreamId(this.identity, id);
    const { reading, event } = this.head;
    return at && at.reading > this.outdatedTo && at.reading <= reading && at.event <= event ? at : undefined;
  }

  /** Whether the readings that follow a position are in memory. */
  hasReadingsAfter({ reading }: StreamPosition): boolean {
    return reading + 1 >= this.readings.firstPosition;
  }

  hasEventsAfter({ event }: StreamPosition): boolean {
    return this.events.following(event) !== undefined;
  }

  /**
   * The messages in memory that follow a position and match a filter, one chunk at most.
   * @param latestTo up to this position, readings that are not the newest of their sensor are left out
   */
  next(filter: StreamFilter, at: StreamPosition, latestTo: number): StreamChunk {
    const onlyLatest = at.reading < latestTo;
    const limit = onlyLatest ? latestTo : Infinity;
    const last = Math.min(this.readings.lastPosition, at.reading + MAX_POSITIONS, limit);
    const key = `${at.reading} ${at.event} ${at.isOutdated ?? false} ${onlyLatest ? last : ''} ${filter.key}`;
    const known = this.chunks.get(key);
    if (known) return known;
    const events = this.formatEvents(filter, at, this.events.following(at.event) ?? []);
    const slots = this.readings.between(at.reading + 1, last);
    const shown = onlyLatest ? slots.map((slot) => (slot && this.isLatest(slot) ? slot : undefined)) : slots;
    const readings = this.formatReadings(filter, events.at, shown);
    const chunk = { text: events.text + readings.text, at: readings.at };
    this.chunks.set(key, chunk);
    return chunk;
  }

  /** The readings that follow a position and match a filter. */
  formatReadings(filter: StreamFilter, at: StreamPosition, slots: readonly Slot[]): StreamChunk {
    let text = '';
    let { reading: position } = at;
    for (const slot of slots) {
      position += 1;
      if (slot && filter.matchesReading(slot))
        text += this.format(slot, this.toId({ ...at, reading: position }));
    }
    return { text, at: { ...at, reading: position } };
  }

  /** The events that follow a position and match a filter. */
  formatEvents(filter: StreamFilter, at: StreamPosition, events: readonly LoggedEvent[]): StreamChunk {
    let text = '';
    for (const event of events) {
      if (!filter.matchesEvent(event)) continue;
      const id = this.toId({ ...at, event: event.row });
      text += toMessage('log', id, JSON.stringify(new LogEntryDto(event)));
    }
    return { text, at: { ...at, event: events.at(-1)?.row ?? at.event } };
  }

  /** A reading as a message. */
  format(reading: Reading, id: string): string {
    const json = this.json.get(reading) ?? JSON.stringify(new StoredReadingDto(reading));
    this.json.set(reading, json);
    return toMessage('reading', id, json);
  }

  /** The newest reading of each sensor that matches a filter. */
  latest(filter: SensorFilter): Iterator<Sensor> {
    return this.sensors.matching(filter);
  }

  /**
   * Readings that follow a position and are no longer in memory.
   * @returns undefined when the journal no longer has them, or some of them were deleted
   */
  async readingsFromJournal({ reading }: StreamPosition): Promise<Slot[] | undefined> {
    const slots: Slot[] = [];
    for (const found of await this.journal.openCursor(reading).read(FETCH_BYTES)) {
      const { count, entry } = found;
      if (!entry || entry.deletion || positionBefore(found) !== reading + slots.length) return undefined;
      // Each dead letter that was merged has a position of its own.
      for (let index = 0; index < count; index += 1)
        slots.push(entry.replayed ? undefined : entry.readings[index]);
    }
    return slots.length > 0 ? slots : undefined;
  }

  /**
   * Events that follow a position and are no longer in memory.
   * @returns undefined when the log no longer has all of them
   */
  async eventsFromLog({ event }: StreamPosition): Promise<LoggedEvent[] | undefined> {
    const events = await this.log.after(event, FETCH_EVENTS);
    return event + 1 < this.log.firstRow ? undefined : events;
  }

  private isLatest({ sensorId, timestampUs, zone }: Reading): boolean {
    const latest = this.sensors.get(sensorId)?.latest;
    return latest?.timestampUs === timestampUs && latest.zone === zone;
  }
}
