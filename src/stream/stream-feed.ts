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

/** Places that are looked at in one go. */
const MAX_PLACES = 500;
/** Bytes of the journal, and events of the log, that are fetched at once for a client that comes back. */
const FETCH_BYTES = 64 << 10;
const FETCH_EVENTS = 500;

/** Why a client was reset: it fell behind, or what followed its id is not known any more. */
export type ResetCause = 'slow' | 'unknown';

/** Text for a client, and where it stands once it has that. */
export interface Piece {
  readonly text: string;
  readonly at: StreamPosition;
}

/** What the stream shows: the newest readings and events from memory, older ones from the journal and the log. */
export class StreamFeed {
  /** How often clients were reset since the start. */
  readonly resets: Record<ResetCause, number> = { slow: 0, unknown: 0 };
  private readonly identity: string;
  private readonly readings: RecentReadings;
  private readonly events: RecentEvents;
  private readonly texts = new WeakMap<Reading, string>();
  /** Clients with the same filter at the same place get the same text. */
  private readonly pieces = new Map<string, Piece>();

  constructor(
    private readonly journal: JournalFeed,
    private readonly sensors: KnownSensors,
    private readonly log: EventLog,
    capacity: number,
    onNews: () => void,
  ) {
    this.identity = journal.identity + log.identity;
    this.readings = new RecentReadings(capacity);
    this.readings.startAfter(journal.position);
    this.events = new RecentEvents(log.lastRow);
    journal.onAccepted((accepted) => {
      // Dead letters that are tried again were shown when they were accepted.
      for (const one of accepted) this.readings.push(one, one.entry.replayed === undefined);
      this.pieces.clear();
      onNews();
    });
    log.onKept((events) => {
      this.events.push(events);
      this.pieces.clear();
      onNews();
    });
  }

  /** The newest position. */
  get head(): StreamPosition {
    return { reading: this.readings.lastPlace, event: this.events.lastRow };
  }

  toId(position: StreamPosition): string {
    return toStreamId(this.identity, position);
  }

  /** The id of what a reset is followed by: a client that comes back with it is reset again. */
  get resetId(): string {
    return `${this.identity}-reset`;
  }

  /** @returns undefined when the id is of another life that is not known any more, or was never given */
  fromId(id: string): StreamPosition | undefined {
    const at = fromStreamId(this.identity, id);
    const { reading, event } = this.head;
    return at && at.reading <= reading && at.event <= event ? at : undefined;
  }

  /** Whether the readings that follow a place are in memory. */
  hasReadingsAfter({ reading }: StreamPosition): boolean {
    return reading + 1 >= this.readings.firstPlace;
  }

  hasEventsAfter({ event }: StreamPosition): boolean {
    return this.events.following(event) !== undefined;
  }

  /**
   * What a filter lets through of what follows a position and is in memory, as far as one go reaches.
   * @param latestTo up to this place readings that are not the newest of their sensors are left out
   */
  next(filter: StreamFilter, at: StreamPosition, latestTo: number): Piece {
    const onlyLatest = at.reading < latestTo;
    const last = Math.min(this.readings.lastPlace, at.reading + MAX_PLACES, onlyLatest ? latestTo : Infinity);
    const key = `${at.reading} ${at.event} ${onlyLatest ? last : ''} ${filter.key}`;
    const known = this.pieces.get(key);
    if (known) return known;
    const events = this.showEvents(filter, at, this.events.following(at.event) ?? []);
    const slots = this.readings.between(at.reading + 1, last);
    const shown = onlyLatest ? slots.map((slot) => (slot && this.isLatest(slot) ? slot : undefined)) : slots;
    const readings = this.showReadings(filter, events.at, shown);
    const piece = { text: events.text + readings.text, at: readings.at };
    this.pieces.set(key, piece);
    return piece;
  }

  /** What a filter lets through of readings that follow a position; an empty slot shows nothing. */
  showReadings(filter: StreamFilter, at: StreamPosition, slots: readonly Slot[]): Piece {
    let text = '';
    let { reading: place } = at;
    for (const slot of slots) {
      place += 1;
      if (slot && filter.takesReading(slot)) text += this.show(slot, this.toId({ ...at, reading: place }));
    }
    return { text, at: { ...at, reading: place } };
  }

  /** What a filter lets through of events that follow a position. */
  showEvents(filter: StreamFilter, at: StreamPosition, events: readonly LoggedEvent[]): Piece {
    let text = '';
    for (const event of events) {
      if (!filter.takesEvent(event)) continue;
      const id = this.toId({ ...at, event: event.row });
      text += toMessage('log', id, JSON.stringify(new LogEntryDto(event)));
    }
    return { text, at: { ...at, event: events.at(-1)?.row ?? at.event } };
  }

  /** A reading as a message. */
  show(reading: Reading, id: string): string {
    const json = this.texts.get(reading) ?? JSON.stringify(new StoredReadingDto(reading));
    this.texts.set(reading, json);
    return toMessage('reading', id, json);
  }

  /** The newest reading of each sensor of a filter. */
  latest(filter: SensorFilter): Iterator<Sensor> {
    return this.sensors.matching(filter);
  }

  /**
   * Readings that follow a position and are in memory no more.
   * @returns undefined when the journal does not have them any more
   */
  async readingsFromJournal({ reading }: StreamPosition): Promise<Slot[] | undefined> {
    const slots: Slot[] = [];
    for (const one of await this.journal.openCursor(reading).read(FETCH_BYTES)) {
      const { count, entry } = one;
      if (!entry || positionBefore(one) !== reading + slots.length) return undefined;
      // Dead letters that were merged take a place each.
      for (let place = 0; place < count; place += 1)
        slots.push(entry.replayed ? undefined : entry.readings[place]);
    }
    return slots.length > 0 ? slots : undefined;
  }

  /**
   * Events that follow a position and are in memory no more.
   * @returns undefined when the log does not have them any more
   */
  async eventsFromLog({ event }: StreamPosition): Promise<LoggedEvent[] | undefined> {
    if (event + 1 < this.log.firstRow) return undefined;
    return this.log.after(event, FETCH_EVENTS);
  }

  private isLatest({ sensorId, timestampUs, zone }: Reading): boolean {
    const latest = this.sensors.get(sensorId)?.latest;
    return latest?.timestampUs === timestampUs && latest.zone === zone;
  }
}
