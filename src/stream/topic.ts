import type { LoggedEvent } from '../model/system-event.js';
import { Matches } from './matches.js';
import type { StreamFilter } from './stream-filter.js';
import type { StreamPosition } from './stream-position.js';

/** A client of a topic. */
export interface Member {
  /** There may be something new for the client. */
  wake(): void;
}

/** The clients that have the same filter, and what matches it. */
export class Topic {
  readonly members = new Set<Member>();
  /** Undefined when every reading matches. */
  private readonly readings: Matches | undefined;
  private readonly events: Matches;

  /**
   * @param id of no other topic
   * @param head what matches after it will be added
   */
  constructor(
    readonly id: number,
    readonly filter: StreamFilter,
    head: StreamPosition,
  ) {
    if (filter.isSelective || !filter.wantsReadings)
      this.readings = new Matches(filter.wantsReadings ? head.reading : 0);
    this.events = new Matches(filter.wantsEvents ? head.event : 0);
  }

  /** @returns whether the reading matches */
  addReading(position: number, sensorId: string, zone: string): boolean {
    if (!this.filter.wantsReadings || !this.filter.matchesReading(sensorId, zone)) return false;
    this.readings?.add(position);
    return true;
  }

  /** @returns whether the event matches */
  addEvent(event: LoggedEvent): boolean {
    if (!this.filter.matchesEvent(event)) return false;
    this.events.add(event.row);
    return true;
  }

  /** Readings or events up to here were never added. */
  forget({ reading, event }: StreamPosition): void {
    if (this.filter.wantsReadings) this.readings?.forget(reading);
    if (this.filter.wantsEvents) this.events.forget(event);
  }

  /** Whether there may be messages between a position and the head. */
  hasAfter(at: StreamPosition, head: StreamPosition): boolean {
    return (
      (this.readings?.hasAfter(at.reading) ?? at.reading < head.reading) || this.events.hasAfter(at.event)
    );
  }

  /** The position just before the next reading that matches, or may match; that of the head when there is none. */
  skipReadings({ reading }: StreamPosition, head: StreamPosition): number {
    return this.readings?.skip(reading, head.reading) ?? reading;
  }

  /** As skipReadings(), for events. */
  skipEvents({ event }: StreamPosition, head: StreamPosition): number {
    return this.events.skip(event, head.event);
  }

  /** @returns the positions of the readings after a position that match; undefined when they are not known */
  readingsAfter(position: number): readonly number[] | undefined {
    return this.readings?.after(position);
  }
}
