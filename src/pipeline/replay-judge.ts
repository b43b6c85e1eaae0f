import type { ReadingStore } from '../influx/reading-store.js';
import type { Point } from '../model/dead-letter.js';
import type { ReadingColumns } from '../model/reading-columns.js';
import type { DeadLetterStore } from './dead-letter-store.js';
import type { InFlightGroup } from './in-flight-group.js';
import type { Batch } from './lane.js';

/** The store is asked once for dead letters of a sensor within this time, for at most this many readings. */
const CLOSE_US = 60_000_000;
const ASKED_AT_ONCE = 10_000;

/** What to do with a batch of replayed dead letters: indexes into its readings. */
export interface ReplayVerdict {
  /** Those that become dead letters again, because there is a newer dead letter of their point. */
  readonly older: number[];
  /** Those to write. */
  readonly left: number[];
}

/** Decides which dead letters of a replay are written. */
export class ReplayJudge {
  constructor(
    private readonly store: ReadingStore,
    private readonly deadLetters: Pick<DeadLetterStore, 'hasNewer'>,
    private readonly inFlight: readonly InFlightGroup[],
    private readonly signal: AbortSignal,
  ) {}

  /**
   * A replayed dead letter is dropped when the store has taken a reading at its point meanwhile. When there is a newer dead
   * letter of its point, it stays a dead letter: if it were written now, the newer one would be dropped because of it.
   */
  async judge(batch: Batch): Promise<ReplayVerdict> {
    const isOlder = await this.areOlder(batch);
    const indexes = Array.from(isOlder, (_, index) => index);
    const older = indexes.filter((index) => isOlder[index]);
    const rest = indexes.filter((index) => !isOlder[index]);
    return { older, left: await this.withoutPoint(batch.readings, rest) };
  }

  /** Of these readings, those at whose points the store holds nothing. Asks the store once for many close ones. */
  private async withoutPoint(readings: ReadingColumns, indexes: readonly number[]): Promise<number[]> {
    const timeOf = (index: number): number => readings.timestampUsAt(index);
    const bySensor = new Map<string, number[]>();
    for (const index of indexes) {
      const sensorId = readings.sensorIdAt(index);
      const ofSensor = bySensor.get(sensorId);
      if (ofSensor) ofSensor.push(index);
      else bySensor.set(sensorId, [index]);
    }
    const left: number[] = [];
    for (const [sensorId, ofSensor] of bySensor) {
      ofSensor.sort((a, b) => timeOf(a) - timeOf(b));
      for (let next = 0; next < ofSensor.length;) {
        const fromUs = timeOf(ofSensor[next] ?? NaN);
        const last = ofSensor.findLastIndex((index) => timeOf(index) < fromUs + CLOSE_US);
        const toUs = timeOf(ofSensor[last] ?? NaN) + 1;
        const range = { sensorId, fromUs, toUs, limit: ASKED_AT_ONCE };
        const stored = await this.store.readings(range, this.signal);
        const taken = new Set(stored.map(keyOf));
        // A full page says nothing about later readings.
        const knownToUs = stored.length < ASKED_AT_ONCE ? toUs : (stored.at(-1)?.timestampUs ?? toUs);
        const endUs = Math.max(knownToUs, fromUs + 1);
        for (; next <= last && timeOf(ofSensor[next] ?? NaN) < endUs; next += 1) {
          const index = ofSensor[next] ?? NaN;
          if (!taken.has(keyOf(readings.at(index)))) left.push(index);
        }
      }
    }
    return left.sort((a, b) => a - b);
  }

  /** For each dead letter of a replay, whether there is one of the same point whose reading was accepted later. */
  private async areOlder({ readings, letterIds }: Batch): Promise<boolean[]> {
    const points = letterIds.map((id, index) => ({
      sensorId: readings.sensorIdAt(index),
      zone: readings.zoneAt(index),
      timestampUs: readings.timestampUsAt(index),
      id,
    }));
    // Before the ledger is asked: a letter that moves from memory into the file in between is found there.
    const unkept = this.newestUnkept(new Set(points.map(({ sensorId }) => sensorId)));
    const isNewerKept = await this.deadLetters.hasNewer(points);
    return points.map((point, index) => {
      return isNewerKept[index] === true || (unkept.get(keyOf(point)) ?? 0) > point.id;
    });
  }

  /** The newest ids, by point, among the dead letters of some sensors that the ledger does not have yet. */
  private newestUnkept(sensorIds: ReadonlySet<string>): Map<string, number> {
    const newest = new Map<string, number>();
    for (const { deadLetters = [] } of this.inFlight) {
      for (const { id = Infinity, reading } of deadLetters) {
        if (!sensorIds.has(reading.sensorId)) continue;
        const key = keyOf(reading);
        newest.set(key, Math.max(id, newest.get(key) ?? 0));
      }
    }
    return newest;
  }
}

/** Names have no control characters. */
function keyOf({ sensorId, zone, timestampUs }: Point): string {
  return `${sensorId}\n${zone}\n${timestampUs}`;
}
