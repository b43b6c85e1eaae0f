import { Throttle } from '../common/scheduling/throttle.js';
import { newestIds } from '../journal/entry-codec.js';
import type { JournalEntry } from '../journal/journal-entry.js';
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
  const trackOf = (sensorId: string): Track | undefined => tracks[laneOf(sensorId, tracks.length)];
  for (const { entry } of entries) {
    if (!entry) continue;
    const ids = entry.replayed && newestIds(entry);
    let index = 0;
    for (const reading of entry.readings) {
      trackOf(reading.sensorId)?.lane.push(group, reading, ids?.[index]);
      index += 1;
    }
  }
  const { deletion } = group;
  if (!deletion) return;
  const track = trackOf(deletion.deletion.sensorId);
  track?.lane.pushBarrier({ group, deletion });
  // Somebody waits for it.
  track?.throttle.flush();
}
