import { isPlausible } from '../clock/plausible-time.js';
import { covers, type Deletion } from '../model/deletion.js';
import { compareReadings, type Reading } from '../model/reading.js';
import type { Position } from '../journal/journal-entry.js';
import { AbsentSensors } from './absent-sensors.js';
import { ForgottenSensors } from './forgotten-sensors.js';
import { type Acceptance, isOutdated, SENT, type Stamp } from '../model/stamp.js';
import { newest } from './newest.js';
import { addDelay, addGap, addPause } from './rhythm.js';
import { type ForgottenReadings, newestOf, PendingDeletions } from './pending-deletions.js';
import { NONE_ACCEPTED, type SensorEntry, SensorSet } from './sensor-set.js';
import type { ForgottenSensor, RestoredSensor } from './sensor.js';

/** When a reading was accepted. */
export interface Heard extends Acceptance {
  /** By the monotonic clock of this run, in milliseconds; undefined for a reading of an earlier run. */
  readonly heardMs: number | undefined;
}

/** What forget() has forgotten. */
export interface Forgotten {
  readonly sensor: SensorEntry;
  readonly ignoredUs: number;
  /** When it had been forgotten before. */
  readonly before: ForgottenSensor | undefined;
  readonly after: ForgottenReadings;
}

/** Every known sensor, in memory. Only the pipeline changes it; others read it as KnownSensors. */
export class SensorRegistry extends SensorSet {
  private readonly absent = new AbsentSensors();
  private readonly forgottenSensors = new ForgottenSensors();
  private readonly deletions = new PendingDeletions();

  /** @param maxAheadMs how far ahead of the gateway's clock a device may be */
  constructor(private readonly maxAheadMs = Infinity) {
    super();
  }

  /** Takes a reading that was accepted. It changes nothing if the sensor was forgotten at that position or later. */
  accept(reading: Reading, stamp: Stamp, acceptance: Heard, position: Position): void {
    if (this.forgottenSensors.isForgotten(reading.sensorId, position)) return;
    const sensor = this.sensors.get(reading.sensorId) ?? this.enter(reading, stamp);
    const { latest: before } = sensor;
    const isBehind = before !== reading && isOutdated(before, sensor.stamp, acceptance, this.maxAheadMs);
    if (isBehind) this.displace(sensor, reading, stamp);
    else this.put(sensor, reading, stamp, true);
    this.deletions.accepted(reading, stamp, position, isBehind ? before : undefined);
    if (stamp === SENT) addDelay(sensor, reading.timestampUs, acceptance.acceptedMs);
    const { heardMs } = acceptance;
    // What was the newest before this run says nothing about how often the sensor sends.
    if (heardMs !== undefined && sensor.heardMs !== undefined && reading.timestampUs > before.timestampUs) {
      addGap(sensor, before.timestampUs, reading.timestampUs);
      addPause(sensor, heardMs - sensor.heardMs);
    }
    if (heardMs !== undefined) sensor.heardMs = heardMs;
    if (position <= sensor.countedSeq) return;
    const { acceptedMs } = acceptance;
    this.markChanged(sensor);
    sensor.readings += 1;
    // The machine's clock may be set back.
    if (sensor.firstMs === undefined || acceptedMs < sensor.firstMs) sensor.firstMs = acceptedMs;
    sensor.lastMs = acceptedMs;
  }

  /** Takes a reading that was accepted long ago. */
  learn(reading: Reading, position: Position): void {
    if (this.forgottenSensors.isForgotten(reading.sensorId, position)) return;
    this.put(this.sensors.get(reading.sensorId) ?? this.enter(reading, SENT), reading, SENT, false);
    this.deletions.accepted(reading, SENT, position);
  }

  /**
   * Takes the newest reading that the store holds of a sensor, if it is newer than what is known. Of the same point, the store
   * may have the value before the last one, so only a missing latency is taken. A known sensor keeps its latest when the
   * store's is so far ahead that a device could not send it now: it has been displaced, or would be with the next reading.
   * @param nowMs by the machine's clock, which may not be set
   */
  learnStored(reading: Reading, nowMs: number): void {
    const sensor = this.sensors.get(reading.sensorId);
    const { ignoredUs } = sensor ?? this.forgottenSensors.get(reading.sensorId) ?? {};
    if (ignoredUs !== undefined && reading.timestampUs <= ignoredUs) return;
    if (!sensor) {
      this.enter(reading, SENT);
      return;
    }
    const { latest, stamp } = sensor;
    if (compareReadings(reading, latest) <= 0) this.replaceLatest(sensor, newest(reading, latest), stamp);
    else if (!isPlausible(nowMs) || reading.timestampUs <= (nowMs + this.maxAheadMs) * 1000)
      this.replaceLatest(sensor, reading, SENT);
  }

  /** How many deletions have ended since the start; for isDeletedSince(). */
  get endedDeletions(): number {
    return this.deletions.endedCount;
  }

  /**
   * Whether a reading that the store returned may have been deleted meanwhile.
   * @param since `endedDeletions` before the store was asked
   */
  isDeletedSince(reading: Reading, since: number): boolean {
    return this.deletions.isOutdated(reading, since);
  }

  /** A deletion was accepted. Until it ends, the latest reading stays as it is. */
  beginDeletion(deletion: Deletion, position: Position): void {
    this.deletions.begin(deletion, position);
  }

  /** Whether endDeletion() needs to know the newest reading that the store still has. */
  needsLatest(deletion: Deletion): boolean {
    const sensor = this.sensors.get(deletion.sensorId);
    return sensor !== undefined && covers(deletion, sensor.latest);
  }

  /**
   * A deletion was carried out in the store. If it deleted the latest reading of the sensor, that is now the newest of what
   * remains and what was accepted after the deletion; without either, the sensor is forgotten.
   * @param remaining the newest reading that the store still has
   * @returns whether the sensor was forgotten
   */
  endDeletion(deletion: Deletion, position: Position, remaining: Reading | undefined): boolean {
    const after = this.deletions.end(deletion, position, true);
    const sensor = this.sensors.get(deletion.sensorId);
    if (!sensor) return false;
    this.stopIgnoring(sensor, deletion);
    if (!covers(deletion, sensor.latest)) return false;
    const isIgnored = remaining && remaining.timestampUs <= (sensor.ignoredUs ?? -Infinity);
    const latest = newestOf(isIgnored ? undefined : remaining, after);
    if (latest) {
      this.replaceLatest(sensor, latest.reading, latest.stamp);
      return false;
    }
    const { sensorId } = deletion;
    const { ignoredUs } = sensor;
    this.remove(sensor);
    // What others write from now on counts, unless people made the gateway forget what the store still has.
    if (ignoredUs === undefined) this.forgottenSensors.delete(sensorId);
    else this.forgottenSensors.put({ sensorId, position, ignoredUs });
    return true;
  }

  /** Up to which time readings of the store do not count for a sensor that is not known. */
  ignoredUsOf(sensorId: string): number | undefined {
    return this.forgottenSensors.get(sensorId)?.ignoredUs;
  }

  /** A deletion ended without being carried out. */
  cancelDeletion(deletion: Deletion, position: Position): void {
    this.deletions.end(deletion, position, false);
  }

  /** Takes what a previous run knew, before any reading of that sensor. */
  restore({ latest, stamp, activity, countedSeq, ignoredUs }: RestoredSensor): void {
    this.add(latest, stamp, activity, countedSeq, ignoredUs).isSaved = true;
  }

  /** Takes what a previous run forgot, before restore(). */
  restoreForgotten(forgotten: ForgottenSensor): void {
    this.forgottenSensors.put(forgotten);
  }

  /**
   * Forgets a sensor until its next reading, or until the store has a newer one than its latest; readings up to this position
   * in the journal do not count.
   * @returns undefined if it was not known
   */
  forget(sensorId: string, position: Position): Forgotten | undefined {
    const sensor = this.sensors.get(sensorId);
    if (!sensor) return undefined;
    const ignoredUs = Math.max(sensor.ignoredUs ?? -Infinity, sensor.latest.timestampUs);
    const before = this.forgottenSensors.get(sensorId);
    this.forgottenSensors.put({ sensorId, position, ignoredUs });
    this.remove(sensor);
    return { sensor, ignoredUs, before, after: this.deletions.forget(sensorId) };
  }

  /** Undoes forget(). */
  unforget({ sensor, before, after }: Forgotten): void {
    const { latest, stamp, ignoredUs, heardMs } = sensor;
    const { sensorId } = latest;
    if (before) this.forgottenSensors.put(before);
    else this.forgottenSensors.delete(sensorId);
    this.deletions.unforget(after);
    const known = this.sensors.get(sensorId);
    const restored = known ?? this.add(latest, stamp, sensor, 0, ignoredUs);
    this.markChanged(restored);
    restored.heardMs ??= heardMs;
    if (!known) return;
    known.ignoredUs = ignoredUs;
    known.readings += sensor.readings;
    known.firstMs = sensor.firstMs ?? known.firstMs;
    this.put(known, latest, stamp, true);
  }

  override forgotten(): IterableIterator<ForgottenSensor> {
    return this.forgottenSensors.all();
  }

  /** Everything up to a position has left the journal. */
  released(position: Position): void {
    this.forgottenSensors.released(position, (sensorId) => this.sensors.has(sensorId));
  }

  /** Whether the store need not be asked: it has nothing of this sensor, or people made the gateway forget it. */
  isAbsent(sensorId: string): boolean {
    return this.absent.has(sensorId) || this.forgottenSensors.get(sensorId) !== undefined;
  }

  markAbsent(sensorId: string): void {
    this.absent.add(sensorId);
  }

  /** @param isAccepted whether it is known who made the timestamp */
  private put(sensor: SensorEntry, reading: Reading, stamp: Stamp, isAccepted: boolean): void {
    const { latest: before } = sensor;
    if (before === reading) return;
    const latest = newest(before, reading);
    const { timestampUs } = latest;
    // Who learns a reading once more does not know who made its timestamp.
    const isNewStamp =
      timestampUs === reading.timestampUs && (isAccepted || timestampUs !== before.timestampUs);
    this.replaceLatest(sensor, latest, isNewStamp ? stamp : sensor.stamp);
  }

  /** Takes a reading in place of a newer one that no longer counts. */
  private displace(sensor: SensorEntry, reading: Reading, stamp: Stamp): void {
    sensor.ignoredUs = Math.max(sensor.ignoredUs ?? -Infinity, sensor.latest.timestampUs);
    this.replaceLatest(sensor, reading, stamp);
  }

  /** The store no longer has the readings of this range that were displaced or forgotten. */
  private stopIgnoring(sensor: SensorEntry, { fromUs, toUs }: Deletion): void {
    const { ignoredUs } = sensor;
    if (ignoredUs === undefined || ignoredUs < fromUs || ignoredUs >= toUs) return;
    sensor.ignoredUs = undefined;
    this.markChanged(sensor);
  }

  /** Adds a sensor with its first reading. */
  private enter(reading: Reading, stamp: Stamp): SensorEntry {
    const ignoredUs = this.ignoredUsOf(reading.sensorId) ?? -Infinity;
    const isIgnored = ignoredUs >= reading.timestampUs;
    const sensor = this.add(reading, stamp, NONE_ACCEPTED, 0, isIgnored ? ignoredUs : undefined);
    this.absent.delete(reading.sensorId);
    this.markChanged(sensor);
    return sensor;
  }
}
