import { covers, type Deletion } from '../model/deletion.js';
import type { Reading } from '../model/reading.js';
import type { Position } from '../journal/journal-entry.js';
import { KnownSensors } from './known-sensors.js';
import { type Acceptance, isOutdated, SENT, type Stamp } from '../model/stamp.js';
import { newest } from './newest.js';
import { newestOf, PendingDeletions } from './pending-deletions.js';
import type { Activity, ForgottenSensor, RestoredSensor, Sensor, SensorFilter } from './sensor.js';
import { SortedIds } from './sorted-ids.js';
import { type Zone, Zones } from './zones.js';

/** How many sensors are remembered that the store does not know either; the oldest are dropped first. */
const MAX_ABSENT = 10_000;

/** One object as long as the sensor is known: a new one for every reading would be garbage at once. */
interface Entry {
  latest: Reading;
  stamp: Stamp;
  version: number;
  firstMs: number | undefined;
  lastMs: number | undefined;
  heardMs: number | undefined;
  readings: number;
  readonly countedSeq: Position;
  /** That of `latest`. */
  zone: Zone;
}

/** When a reading was accepted. */
export interface Heard extends Acceptance {
  /** By the monotonic clock of this run, in milliseconds; undefined for a reading of an earlier run. */
  readonly heardMs: number | undefined;
}

/** Of a sensor that only the store knows. */
const NONE_ACCEPTED: Activity = { firstMs: undefined, lastMs: undefined, readings: 0 };

/** Every known sensor, in memory. Only the pipeline changes it; others read it as KnownSensors. */
export class SensorRegistry extends KnownSensors {
  private readonly sensors = new Map<string, Entry>();
  /** Those that changed since takeChanged(). */
  private changed = new Set<Entry>();
  private readonly zones = new Zones();
  private readonly sorted = new SortedIds();
  private readonly absent = new Set<string>();
  private readonly forgottenAt = new Map<string, Position>();
  private readonly deletions = new PendingDeletions();
  private version = 0;

  /** @param maxAheadMs how far ahead of the gateway's clock a device may be */
  constructor(private readonly maxAheadMs = Infinity) {
    super();
  }

  override get size(): number {
    return this.sensors.size;
  }

  override get(sensorId: string): Sensor | undefined {
    return this.sensors.get(sensorId);
  }

  override hasZone(name: string): boolean {
    return this.zones.has(name);
  }

  override all(): IterableIterator<Sensor> {
    return this.sensors.values();
  }

  override *matching({ zone, sensorIds }: SensorFilter): Generator<Sensor> {
    for (const sensorId of sensorIds ?? this.sorted.all()) {
      const sensor = this.sensors.get(sensorId);
      if (sensor && (zone === undefined || sensor.latest.zone === zone)) yield sensor;
    }
  }

  override idsAfter(sensorId: string): readonly string[] {
    return this.sorted.after(sensorId);
  }

  override versionOf({ zone, sensorIds }: SensorFilter): string {
    if (!sensorIds) return String(zone === undefined ? this.version : this.zones.versionOf(zone));
    // Versions only grow, so of one filter the same newest version and the same number mean the same sensors.
    let count = 0;
    let version = 0;
    for (const sensor of this.matching({ zone, sensorIds })) {
      count += 1;
      version = Math.max(version, sensor.version);
    }
    return `${version}.${count}`;
  }

  /** Takes a reading that was accepted. It changes nothing if the sensor was forgotten at that position or later. */
  accept(reading: Reading, stamp: Stamp, acceptance: Heard, position: Position): void {
    if (this.isForgotten(reading.sensorId, position)) return;
    const sensor = this.put(reading, stamp, acceptance);
    this.deletions.accepted(reading, stamp, position);
    sensor.heardMs = acceptance.heardMs ?? sensor.heardMs;
    if (position <= sensor.countedSeq) return;
    const { acceptedMs } = acceptance;
    sensor.readings += 1;
    // The machine's clock may be set back.
    sensor.firstMs = Math.min(acceptedMs, sensor.firstMs ?? Infinity);
    sensor.lastMs = acceptedMs;
  }

  /** Takes a reading that is not newly accepted: the store holds it, or it was accepted long ago. */
  learn(reading: Reading, position: Position): void {
    if (this.isForgotten(reading.sensorId, position)) return;
    this.put(reading, SENT);
    this.deletions.accepted(reading, SENT, position);
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
    if (!sensor || !covers(deletion, sensor.latest)) return false;
    const latest = newestOf(remaining, after);
    if (latest) this.replaceLatest(sensor, latest.reading, latest.stamp);
    else this.forget(deletion.sensorId, position);
    return latest === undefined;
  }

  /** A deletion ended without being carried out. */
  cancelDeletion(deletion: Deletion, position: Position): void {
    this.deletions.end(deletion, position, false);
  }

  /** Takes what a previous run knew, before any reading of that sensor. */
  restore({ latest, stamp, activity, countedSeq }: RestoredSensor): void {
    this.add(latest, stamp, activity, countedSeq);
  }

  /** The sensors that changed since the last call, or since the start. */
  takeChanged(): readonly Sensor[] {
    const changed = [...this.changed];
    this.changed = new Set();
    return changed.filter((sensor) => this.sensors.get(sensor.latest.sensorId) === sensor);
  }

  /** Takes back the sensors from takeChanged(), because they could not be saved. */
  returnChanged(sensors: readonly Sensor[]): void {
    for (const sensor of sensors) this.changed.add(sensor as Entry);
  }

  /**
   * Forgets a sensor until its next reading; readings up to this position in the journal do not count.
   * @returns the sensor, if it was known
   */
  forget(sensorId: string, position: Position): Sensor | undefined {
    const sensor = this.sensors.get(sensorId);
    this.forgottenAt.set(sensorId, position);
    this.deletions.forget(sensorId);
    if (!sensor) return undefined;
    this.sensors.delete(sensorId);
    this.sorted.delete(sensorId);
    this.version += 1;
    this.zones.leave(sensor.zone, this.version);
    return sensor;
  }

  /** Undoes forget(). */
  unforget(sensor: Sensor): void {
    const { latest } = sensor;
    this.forgottenAt.delete(latest.sensorId);
    if (!this.sensors.has(latest.sensorId)) this.add(latest, sensor.stamp, sensor, 0);
    this.put(latest, sensor.stamp);
  }

  isForgotten(sensorId: string, position: Position): boolean {
    if (this.forgottenAt.size === 0) return false;
    const forgottenAt = this.forgottenAt.get(sensorId);
    return forgottenAt !== undefined && position <= forgottenAt;
  }

  override *forgotten(): Generator<ForgottenSensor> {
    for (const [sensorId, position] of this.forgottenAt) yield { sensorId, position };
  }

  /** Everything up to a position has left the journal. */
  released(position: Position): void {
    for (const [sensorId, forgottenAt] of this.forgottenAt)
      if (forgottenAt <= position && this.sensors.has(sensorId)) this.forgottenAt.delete(sensorId);
  }

  /** Whether the store need not be asked: it has nothing of this sensor, or the sensor is forgotten. */
  isAbsent(sensorId: string): boolean {
    return this.absent.has(sensorId) || this.forgottenAt.has(sensorId);
  }

  markAbsent(sensorId: string): void {
    this.absent.add(sensorId);
    const [oldest] = this.absent;
    if (this.absent.size > MAX_ABSENT && oldest !== undefined) this.absent.delete(oldest);
  }

  private put(reading: Reading, stamp: Stamp, acceptance?: Acceptance): Entry {
    const sensor = this.sensors.get(reading.sensorId) ?? this.add(reading, stamp, NONE_ACCEPTED, 0);
    this.changed.add(sensor);
    const { latest: before } = sensor;
    if (before === reading) return sensor;
    const isBehind = acceptance && isOutdated(before, sensor.stamp, acceptance, this.maxAheadMs);
    const latest = isBehind ? reading : newest(before, reading);
    // Who learns a reading once more does not know who made its timestamp.
    if (
      latest.timestampUs === reading.timestampUs &&
      (acceptance || latest.timestampUs !== before.timestampUs)
    )
      sensor.stamp = stamp;
    if (!isSame(before, latest)) this.setLatest(sensor, latest);
    return sensor;
  }

  private replaceLatest(sensor: Entry, latest: Reading, stamp: Stamp): void {
    this.changed.add(sensor);
    sensor.stamp = stamp;
    if (!isSame(sensor.latest, latest)) this.setLatest(sensor, latest);
  }

  private setLatest(sensor: Entry, latest: Reading): void {
    const { latest: before } = sensor;
    sensor.latest = latest;
    sensor.version = this.version += 1;
    if (before.zone === latest.zone) {
      sensor.zone.version = this.version;
    } else {
      this.zones.leave(sensor.zone, this.version);
      sensor.zone = this.zones.enter(latest.zone, this.version);
    }
  }

  private add(
    latest: Reading,
    stamp: Stamp,
    { firstMs, lastMs, readings }: Activity,
    countedSeq: Position,
  ): Entry {
    const { sensorId } = latest;
    const version = (this.version += 1);
    const sensor: Entry = {
      latest,
      stamp,
      version,
      firstMs,
      lastMs,
      heardMs: undefined,
      readings,
      countedSeq,
      zone: this.zones.enter(latest.zone, this.version),
    };
    this.sensors.set(sensorId, sensor);
    this.sorted.add(sensorId);
    this.absent.delete(sensorId);
    return sensor;
  }
}

function isSame(a: Reading, b: Reading): boolean {
  return (
    a.timestampUs === b.timestampUs &&
    a.zone === b.zone &&
    Object.is(a.value, b.value) &&
    a.latencyMs === b.latencyMs
  );
}
