import type { Reading } from '../model/reading.js';
import type { Position } from '../journal/journal-entry.js';
import { KnownSensors } from './known-sensors.js';
import { type Acceptance, isOutdated, SENT, type Stamp } from '../model/stamp.js';
import { newest } from './newest.js';
import type { Activity, ForgottenSensor, RestoredSensor, Sensor, SensorFilter } from './sensor.js';
import { SortedIds } from './sorted-ids.js';

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

interface Zone {
  readonly name: string;
  sensors: number;
  /** Of the last change to one of its latest readings, or to its set of sensors. */
  version: number;
}

/** Every known sensor, in memory. Only the pipeline changes it; others read it as KnownSensors. */
export class SensorRegistry extends KnownSensors {
  private readonly sensors = new Map<string, Entry>();
  /** Those that changed since takeChanged(). */
  private changed = new Set<Entry>();
  private readonly zones = new Map<string, Zone>();
  private readonly sorted = new SortedIds();
  private readonly absent = new Set<string>();
  private readonly forgottenAt = new Map<string, Position>();
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
    if (!sensorIds) return String(zone === undefined ? this.version : (this.zones.get(zone)?.version ?? 0));
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
    if (!sensor) return undefined;
    this.sensors.delete(sensorId);
    this.sorted.delete(sensorId);
    this.version += 1;
    this.leave(sensor.zone);
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
    if (isSame(before, latest)) return sensor;
    sensor.latest = latest;
    sensor.version = this.version += 1;
    if (before.zone === latest.zone) {
      sensor.zone.version = this.version;
    } else {
      this.leave(sensor.zone);
      sensor.zone = this.enter(latest.zone);
    }
    return sensor;
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
      zone: this.enter(latest.zone),
    };
    this.sensors.set(sensorId, sensor);
    this.sorted.add(sensorId);
    this.absent.delete(sensorId);
    return sensor;
  }

  private enter(name: string): Zone {
    let zone = this.zones.get(name);
    if (!zone) {
      zone = { name, sensors: 0, version: 0 };
      this.zones.set(name, zone);
    }
    zone.sensors += 1;
    zone.version = this.version;
    return zone;
  }

  private leave(zone: Zone): void {
    zone.sensors -= 1;
    zone.version = this.version;
    // An empty zone has one answer only, whatever was in it.
    if (zone.sensors === 0) this.zones.delete(zone.name);
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
