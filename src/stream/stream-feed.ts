import type { LoggedEvent } from '../model/system-event.js';
import type { EventLog } from '../model/event-log.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import { positionBefore } from '../journal/journal-entry.js';
import type { JournalFeed } from '../pipeline/journal-feed.js';
import type { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor, SensorFilter } from '../registry/sensor.js';
import type { Reading } from '../model/reading.js';
import { RecentEvents } from './recent-events.js';
import { RecentReadings } from './recent-readings.js';
import { toJson, toMessage } from './sse.js';
import type { StreamFilter } from './stream-filter.js';
import { fromStreamId, type StreamPosition, toStreamId } from './stream-position.js';
import type { Member, Topic } from './topic.js';
import { Topics } from './topics.js';

/** Messages about readings in a chunk at most; without knowing what matches, positions that one covers. */
const MAX_POSITIONS = 500;
/** Chunks that are kept for other clients at most, of about 100 KB. */
const MAX_CHUNKS = 64;
/** Bytes of the journal, and events of the log, that are fetched at once for a client that reconnects. */
const FETCH_BYTES = 64 << 10;
const FETCH_EVENTS = 500;

/** Why a client was reset: it fell behind, what follows its id is no longer known, or readings were deleted. */
export type ResetCause = 'slow' | 'unknown' | 'deleted';

/** A reading in the journal; undefined for one that is not shown. */
export type Slot = Reading | undefined;

/** Text for a client, and the client's position after it. */
export interface StreamText {
  readonly text: string;
  readonly at: StreamPosition;
}

/** The same as bytes. Clients share them, so nobody may change them. */
export interface StreamChunk {
  readonly bytes: Buffer;
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
  private readonly latestJson = new WeakMap<Reading, string>();
  private readonly topics = new Topics();
  /** The topics have everything up to here. */
  private indexed: StreamPosition;
  /** Clients of the same topic at the same position get the same bytes. */
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
    this.indexed = { reading: journal.position, event: log.lastRow };
    journal.onAccepted((accepted) => {
      for (const one of accepted) {
        const { entry } = one;
        // Replayed dead letters were shown when they were accepted.
        this.readings.push(one, entry.replayed === undefined && entry.deletion === undefined);
      }
      onAdded();
    });
    log.onAppended((events) => {
      this.events.push(events);
      onAdded();
    });
  }

  /** The newest position. */
  get head(): StreamPosition {
    this.update();
    return this.indexed;
  }

  /** Joins the topic of a filter; leave() takes the member out. */
  join(filter: StreamFilter, member: Member): Topic {
    const topic = this.topics.open(filter, this.head);
    topic.members.add(member);
    return topic;
  }

  leave(topic: Topic, member: Member): void {
    topic.members.delete(member);
    this.topics.leave(topic);
  }

  /** Wakes the clients of each topic with something new since the last call. */
  wakeClients(): void {
    this.update();
    for (const topic of this.topics.takeTouched()) for (const member of topic.members) member.wake();
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
   * The messages in memory that follow a position and that a topic wants, one chunk at most.
   * @param latestTo up to this position, readings that are not the newest of their sensor are left out
   */
  next(topic: Topic, at: StreamPosition, latestTo: number): StreamChunk {
    const { head } = this;
    const onlyLatest = at.reading < latestTo;
    const key = `${topic.id} ${at.reading} ${at.event} ${at.isOutdated ?? false} ${onlyLatest ? latestTo : ''}`;
    const known = this.chunks.get(key);
    if (known) return known;
    const events = this.formatEvents(topic.filter, at, this.events.following(at.event) ?? []);
    const found = this.find(topic, at.reading, onlyLatest ? Math.min(latestTo, head.reading) : head.reading);
    let { text } = events;
    for (const reading of found.positions)
      if (!onlyLatest || this.isLatest(this.readings.at(reading)))
        text += toMessage('reading', this.toId({ ...events.at, reading }), this.readings.jsonAt(reading));
    const chunk = { bytes: Buffer.from(text), at: { ...events.at, reading: found.to } };
    if (topic.members.size > 1) {
      if (this.chunks.size >= MAX_CHUNKS) this.chunks.clear();
      this.chunks.set(key, chunk);
    }
    return chunk;
  }

  /** The readings that follow a position and match a filter. */
  formatReadings(filter: StreamFilter, at: StreamPosition, slots: readonly Slot[]): StreamText {
    let text = '';
    let { reading: position } = at;
    for (const slot of slots) {
      position += 1;
      if (slot && filter.matchesReading(slot.sensorId, slot.zone))
        text += toMessage('reading', this.toId({ ...at, reading: position }), toJson(slot));
    }
    return { text, at: { ...at, reading: position } };
  }

  /** The events that follow a position and match a filter. */
  formatEvents(filter: StreamFilter, at: StreamPosition, events: readonly LoggedEvent[]): StreamText {
    let text = '';
    for (const event of events) {
      if (!filter.matchesEvent(event)) continue;
      const id = this.toId({ ...at, event: event.row });
      text += toMessage('log', id, JSON.stringify(new LogEntryDto(event)));
    }
    return { text, at: { ...at, event: events.at(-1)?.row ?? at.event } };
  }

  /** The newest reading of a sensor, as a message after a reset. */
  formatLatest(reading: Reading): string {
    const json = this.latestJson.get(reading) ?? toJson(reading);
    this.latestJson.set(reading, json);
    return toMessage('reading', this.resetId, json);
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

  /** Adds to the topics what is new. */
  private update(): void {
    const { readings, topics, indexed } = this;
    const { lastPosition: reading } = readings;
    const { lastRow: event } = this.events;
    if (reading === indexed.reading && event === indexed.event) return;
    this.indexed = { reading, event };
    this.chunks.clear();
    if (topics.isEmpty) return;
    const events = this.events.following(indexed.event);
    if (!events) topics.forget({ reading: 0, event });
    else for (const one of events) topics.addEvent(one);
    if (reading === indexed.reading) return;
    topics.addedReadings();
    if (!topics.isSelective) return;
    const before = readings.firstPosition - 1;
    if (before > indexed.reading) topics.forget({ reading: before, event: 0 });
    readings.forEach(Math.max(before, indexed.reading) + 1, reading, (position, sensorId, zone) => {
      topics.addReading(position, sensorId, zone);
    });
  }

  /** The readings in memory after a position and up to another that match, and the position up to which these are all. */
  private find(topic: Topic, after: number, upTo: number): { positions: number[]; to: number } {
    const known = topic.readingsAfter(after);
    if (known) {
      const positions = known.filter((position) => position <= upTo).slice(0, MAX_POSITIONS);
      return { positions, to: positions.length < MAX_POSITIONS ? upTo : (positions.at(-1) ?? upTo) };
    }
    const positions: number[] = [];
    const to = Math.min(upTo, after + MAX_POSITIONS);
    this.readings.forEach(after + 1, to, (position, sensorId, zone) => {
      if (topic.filter.matchesReading(sensorId, zone)) positions.push(position);
    });
    return { positions, to };
  }

  private isLatest({ sensorId, timestampUs, zone }: Reading): boolean {
    const latest = this.sensors.get(sensorId)?.latest;
    return latest?.timestampUs === timestampUs && latest.zone === zone;
  }
}
