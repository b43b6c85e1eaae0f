import type { Entry } from '../journal/entry.js';
import type { Position } from '../journal/journal-entry.js';
import { stampAt } from '../model/stamp.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { JournaledAnswers } from './journaled-answers.js';

/**
 * Adds an entry of the journal to the registry of sensors and the remembered answers.
 * @param run the present run of the gateway, see SteadyTime
 */
export function takeEntry(
  { acceptedMs, readings, stamps, residue, steady, replayed, remembered, deletion }: Entry,
  position: Position,
  sensors: SensorRegistry,
  answers: JournaledAnswers,
  run: number,
): void {
  const heard = { acceptedMs, residue, heardMs: steady?.run === run ? steady.ms : undefined };
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index];
    if (!reading) continue;
    // Dead letters that are tried again were accepted long ago.
    if (replayed) sensors.learn(reading, position);
    else sensors.accept(reading, stampAt(stamps, index), heard, position);
  }
  if (deletion) sensors.beginDeletion(deletion, position);
  if (remembered) answers.add(remembered);
}
