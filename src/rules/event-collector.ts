import type { SystemEvent } from '../model/system-event.js';

/** Collects the events of several readings. They come out in the order of the readings, in whatever order they were found. */
export class EventCollector {
  /** The number of the reading that is being judged. */
  currentReading = 0;
  private readonly collected: { readonly reading: number; readonly event: SystemEvent }[] = [];

  /** Moves on to the next reading. */
  nextReading(): void {
    this.currentReading += 1;
  }

  /** @param reading the number of the reading that caused the event */
  add(event: SystemEvent, reading = this.currentReading): void {
    this.collected.push({ reading, event });
  }

  events(): SystemEvent[] {
    return this.collected.sort((a, b) => a.reading - b.reading).map(({ event }) => event);
  }
}
