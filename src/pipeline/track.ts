import { Throttle } from '../common/scheduling/throttle.js';
import { newestIds } from '../journal/entry.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import type { InFlightGroup } from './in-flight-group.js';
import { Lane, laneOf } from './lane.js';

/** A write of one reading costs the store nearly as much as a write of a thousand: a small batch waits this long. */
const GATHER_MS = 100;

/** A lane, and whether it is being emptied. */
export interface Track {
  readonly lane: Lane;
  readonly throttle: Throttle;
  running: boolean;
}

/** @param maxReadings of one write */
export function newTrack(maxReadings: number): Track {
  return { lane: new Lane(maxReadings), throttle: new Throttle(GATHER_MS), running: false };
}

/** Puts what a group of entries holds into the lanes. */
export function pushGroup(
  tracks: readonly Track[],
  group: InFlightGroup,
  entries: readonly Pick<JournalEntry, 'entry'>[],
): void {
  for (const { entry } of entries) {
    if (entry) pushReadings(tracks, group, entry.readings, entry.replayed && newestIds(entry));
  }
  const { deletion } = group;
  if (!deletion) return;
  const track = tracks[laneOf(deletion.deletion.sensorId, tracks.length)];
  track?.lane.pushBarrier({ group, deletion });
  // Somebody waits for it.
  track?.throttle.flush();
}

function pushReadings(
  tracks: readonly Track[],
  group: InFlightGroup,
  readings: readonly Reading[],
  letterIds: readonly number[] | undefined,
): void {
  const { length } = tracks;
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index];
    if (reading) tracks[laneOf(reading.sensorId, length)]?.lane.push(group, reading, letterIds?.[index]);
  }
}
