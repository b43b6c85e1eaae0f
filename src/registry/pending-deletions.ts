import type { Position } from '../journal/journal-entry.js';
import { covers, type Deletion } from '../model/deletion.js';
import { compareReadings, type Reading } from '../model/reading.js';
import { SENT, type Stamp } from '../model/stamp.js';
import { newest } from './newest.js';

/** How many deletions are remembered after they ended, for queries of the store that began before. */
const MAX_ENDED = 10_000;

/** A reading, and who made its timestamp. */
export interface StampedReading {
  readonly reading: Reading;
  readonly stamp: Stamp;
}

interface Pending {
  readonly position: Position;
  /** The newest reading of the sensor that was accepted after the deletion. */
  after: StampedReading | undefined;
}

/** What forget() has forgotten. */
export type ForgottenReadings = ReadonlyMap<Pending, StampedReading>;

interface Ended {
  readonly deletion: Deletion;
  /** How many had ended before. */
  readonly index: number;
}

/** What the registry of sensors has to know about deletions: until one is carried out, latest may show what it deletes. */
export class PendingDeletions {
  private readonly bySensor = new Map<string, Pending[]>();
  private readonly ended = new Map<string, Ended[]>();
  private count = 0;
  /** How many ended before those that are remembered. */
  private endedBefore = 0;

  /** How many deletions have ended since the start. */
  get endedCount(): number {
    return this.count;
  }

  /**
   * Whether a reading that the store returned may have been deleted meanwhile.
   * @param since `endedCount` before the store was asked
   */
  isOutdated(reading: Reading, since: number): boolean {
    if (since === this.count) return false;
    if (since < this.endedBefore) return true;
    const ended = this.ended.get(reading.sensorId) ?? [];
    return ended.some(({ deletion, index }) => index >= since && covers(deletion, reading));
  }

  begin({ sensorId }: Deletion, position: Position): void {
    const pending = this.bySensor.get(sensorId) ?? [];
    // A start may find one twice.
    if (pending.some((one) => one.position === position)) return;
    this.bySensor.set(sensorId, [...pending, { position, after: undefined }]);
  }

  /** A reading was accepted. @param displaced the newest one until now, which no longer counts */
  accepted(reading: Reading, stamp: Stamp, position: Position, displaced?: Reading): void {
    if (this.bySensor.size === 0) return;
    for (const pending of this.bySensor.get(reading.sensorId) ?? []) {
      if (pending.position >= position) continue;
      if (displaced && pending.after && compareReadings(pending.after.reading, displaced) === 0)
        pending.after = undefined;
      pending.after = newerOf(pending.after, { reading, stamp });
    }
  }

  /** The sensor is forgotten: what was accepted before no longer counts. @returns that, for unforget() */
  forget(sensorId: string): ForgottenReadings {
    const forgotten = new Map<Pending, StampedReading>();
    for (const pending of this.bySensor.get(sensorId) ?? []) {
      if (pending.after) forgotten.set(pending, pending.after);
      pending.after = undefined;
    }
    return forgotten;
  }

  /** Undoes forget(). */
  unforget(forgotten: ForgottenReadings): void {
    for (const [pending, before] of forgotten)
      pending.after = pending.after ? newerOf(before, pending.after) : before;
  }

  /**
   * Ends a deletion.
   * @returns the newest reading of the sensor that was accepted after it
   */
  end(deletion: Deletion, position: Position, isDone: boolean): StampedReading | undefined {
    const { sensorId } = deletion;
    const pending = this.bySensor.get(sensorId) ?? [];
    const others = pending.filter((one) => one.position !== position);
    if (others.length > 0) this.bySensor.set(sensorId, others);
    else this.bySensor.delete(sensorId);
    if (isDone) this.remember(deletion);
    return pending.find((one) => one.position === position)?.after;
  }

  private remember(deletion: Deletion): void {
    const ofSensor = this.ended.get(deletion.sensorId);
    const ended = { deletion, index: this.count };
    if (ofSensor) ofSensor.push(ended);
    else this.ended.set(deletion.sensorId, [ended]);
    this.count += 1;
    if (this.count - this.endedBefore <= MAX_ENDED) return;
    this.endedBefore = this.count;
    this.ended.clear();
  }
}

function newerOf(before: StampedReading | undefined, after: StampedReading): StampedReading {
  const reading = newest(before?.reading, after.reading);
  const isAfter = reading.timestampUs === after.reading.timestampUs;
  return { reading, stamp: isAfter ? after.stamp : (before?.stamp ?? after.stamp) };
}

/** The newer of what the store still has and what was accepted after a deletion. */
export function newestOf(
  stored: Reading | undefined,
  after: StampedReading | undefined,
): StampedReading | undefined {
  const before: StampedReading | undefined = stored && { reading: stored, stamp: SENT };
  return after ? newerOf(before, after) : before;
}
