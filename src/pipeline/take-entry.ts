import type { Entry } from '../journal/entry-codec.js';
import type { Position } from '../journal/journal-entry.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { JournaledAnswers } from './journaled-answers.js';

/** Adds an entry of the journal to the registry of sensors and the remembered answers. */
export function takeEntry(
  { acceptedMs, readings, replayed, remembered }: Entry,
  position: Position,
  sensors: SensorRegistry,
  answers: JournaledAnswers,
): void {
  for (const reading of readings) {
    // Dead letters that are tried again were accepted long ago.
    if (replayed) sensors.learn(reading, position);
    else sensors.accept(reading, acceptedMs, position);
  }
  if (remembered) answers.add(remembered);
}
