import type { Position } from '../journal/journal-entry.js';
import { covers, type Deletion } from '../model/deletion.js';
import type { Reading } from '../model/reading.js';
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

/** What the registry of sensors has to know about deletions: until one is carried out, latest may show what it deletes. */
export class PendingDeletions {
  private readonly bySensor = new Map<string, Pending[]>();
  private ended: Deletion[] = [];
  private endedBefore = 0;

  /** How many deletions have ended since the start. */
  get endedCount(): number {
    return this.endedBefore + this.ended.length;
  }

  /**
   * Whether a reading that the store returned may have been deleted meanwhile.
   * @param since `endedCount` before the store was asked
   */
  isOutdated(reading: Reading, since: number): boolean {
    if (since === this.endedCount) return false;
    return (
      since < this.endedBefore ||
      this.ended.slice(since - this.endedBefore).some((one) => covers(one, reading))
    );
  }

  begin({ sensorId }: Deletion, position: Position): void {
    const pending = this.bySensor.get(sensorId) ?? [];
    // A start may find one twice.
    if (pending.some((one) => one.position === position)) return;
    this.bySensor.set(sensorId, [...pending, { position, after: undefined }]);
  }

  /** A reading was accepted. */
  accepted(reading: Reading, stamp: Stamp, position: Position): void {
    if (this.bySensor.size === 0) return;
    for (const pending of this.bySensor.get(reading.sensorId) ?? []) {
      if (pending.position >= position) continue;
      const latest = newest(pending.after?.reading, reading);
      const isNewest = latest.timestampUs === reading.timestampUs;
      pending.after = { reading: latest, stamp: isNewest ? stamp : (pending.after?.stamp ?? stamp) };
    }
  }

  /** The sensor is forgotten: what was accepted before no longer counts. */
  forget(sensorId: string): void {
    for (const pending of this.bySensor.get(sensorId) ?? []) pending.after = undefined;
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
    if (isDone) this.ended.push(deletion);
    if (this.ended.length > MAX_ENDED) {
      this.endedBefore += this.ended.length;
      this.ended = [];
    }
    return pending.find((one) => one.position === position)?.after;
  }
}

/** The newer of what the store still has and what was accepted after a deletion. */
export function newestOf(
  stored: Reading | undefined,
  after: StampedReading | undefined,
): StampedReading | undefined {
  if (!after) return stored && { reading: stored, stamp: SENT };
  const reading = newest(stored, after.reading);
  return { reading, stamp: reading.timestampUs === after.reading.timestampUs ? after.stamp : SENT };
}
