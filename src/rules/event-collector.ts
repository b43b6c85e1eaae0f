import type { SystemEvent } from '../model/system-event.js';

/** Collects the events of several readings, in the order of the readings, whenever they are found. */
export class EventCollector {
  /** The number of the reading that is judged. */
  now = 0;
  private readonly found: { readonly reading: number; readonly event: SystemEvent }[] = [];

  /** Goes on to the next reading. */
  next(): void {
    this.now += 1;
  }

  /** @param reading the number of the reading that caused the event */
  add(event: SystemEvent, reading = this.now): void {
    this.found.push({ reading, event });
  }

  events(): SystemEvent[] {
    return this.found.sort((a, b) => a.reading - b.reading).map(({ event }) => event);
  }
}
