import type { Reading } from '../model/reading.js';
import type { Position } from '../journal/journal.js';
import { newest } from './newest.js';
import { SortedIds } from './sorted-ids.js';

/** Sensors that the store did not know either; so many are remembered, the oldest go first. */
const MAX_ABSENT = 10_000;

/** When readings of a sensor were accepted, and how many. */
export interface Heard {
  /** Milliseconds since the Unix epoch; undefined when none was accepted here since the store had the first. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly readings: number;
}

/** What is known of a sensor at the moment; it changes with the next reading. */
export interface Sensor extends Heard {
  /** Its newest reading by timestamp. */
  readonly latest: Reading;
  /** Grows with every change of `latest`, over all sensors. */
  readonly version: number;
}

/** What an earlier life knew of a sensor. */
export interface KnownSensor {
  readonly latest: Reading;
  readonly heard: Heard;
  /** Readings up to here are counted in it already. */
  readonly countedSeq: Position;
}

/** One object for as long as the sensor is known: a new one with every reading would be garbage at once. */
interface Entry {
  latest: Reading;
  version: number;
  firstMs: number | undefined;
  lastMs: number | undefined;
  readings: number;
  readonly countedSeq: Position;
  /** That of `latest`. */
  zone: Zone;
}

/** A sensor that is to be forgotten, and the place in the journal up to which its readings are. */
export interface Forgotten {
  readonly sensorId: string;
  readonly position: Position;
}

/** Which part of the sensors is meant; all of them without either. */
export interface SensorFilter {
  readonly zone?: string;
  readonly sensorIds?: readonly string[];
}

/** Of a sensor that only the store knows. */
const NEVER_HEARD: Heard = { firstMs: undefined, lastMs: undefined, readings: 0 };

interface Zone {
  readonly name: string;
  sensors: number;
  /** Of the last change to one of its latest readings, or to which sensors are in it. */
  version: number;
}

/** Every sensor that is known, in memory. */
export class SensorRegistry {
  private readonly sensors = new Map<string, Entry>();
  /** Of which something is known that was not taken by takeChanged(). */
  private changed = new Set<Entry>();
  private readonly zones = new Map<string, Zone>();
  private readonly sorted = new SortedIds();
  private readonly absent = new Set<string>();
  private readonly forgottenAt = new Map<string, Position>();
  private version = 0;

  get size(): number {
    return this.sensors.size;
  }

  get(sensorId: string): Sensor | undefined {
    return this.sensors.get(sensorId);
  }

  /** Whether the latest reading of a sensor is of this zone. */
  hasZone(name: string): boolean {
    return this.zones.has(name);
  }

  /** All of them, in no order. */
  all(): IterableIterator<Sensor> {
    return this.sensors.values();
  }

  /** Those of a filter: in the order of the filter's ids, or in the order of their own. */
  *matching({ zone, sensorIds }: SensorFilter): Generator<Sensor> {
    for (const sensorId of sensorIds ?? this.sorted.all()) {
      const sensor = this.sensors.get(sensorId);
      if (sensor && (zone === undefined || sensor.latest.zone === zone)) yield sensor;
    }
  }

  /** The ids that follow one, in the order of their UTF-16 code units. */
  idsAfter(sensorId: string): readonly string[] {
    return this.sorted.after(sensorId);
  }

  /** Changes with every change to a latest reading within the filter, and with nothing else. */
  versionOf({ zone, sensorIds }: SensorFilter): string {
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

  /** Takes a reading that was accepted; one up to whose place the sensor was forgotten changes nothing. */
  accept(reading: Reading, acceptedMs: number, position: Position): void {
    if (this.isForgotten(reading.sensorId, position)) return;
    const sensor = this.put(reading);
    if (position <= sensor.countedSeq) return;
    sensor.readings += 1;
    // The machine's clock may have been set back.
    sensor.firstMs = Math.min(acceptedMs, sensor.firstMs ?? Infinity);
    sensor.lastMs = Math.max(acceptedMs, sensor.lastMs ?? -Infinity);
  }

  /** Takes a reading that is no news of its sensor: a store holds it, or it was accepted long ago. */
  note(reading: Reading, position: Position): void {
    if (this.isForgotten(reading.sensorId, position)) return;
    this.put(reading);
  }

  /** Takes what an earlier life knew, before anything else is heard of that sensor. */
  restore({ latest, heard, countedSeq }: KnownSensor): void {
    this.add(latest, heard, countedSeq);
  }

  /** Those of which something was heard since this was asked before, or since the start. */
  takeChanged(): readonly Sensor[] {
    const changed = [...this.changed];
    this.changed = new Set();
    return changed.filter((sensor) => this.sensors.get(sensor.latest.sensorId) === sensor);
  }

  /** Takes back what takeChanged() gave. */
  keepChanged(sensors: readonly Sensor[]): void {
    for (const sensor of sensors) this.changed.add(sensor as Entry);
  }

  /**
   * Forgets a sensor until it is heard again; what is in the journal up to a place does not count.
   * @returns what was known of it
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

  /** Takes a forgetting back. */
  unforget(sensor: Sensor): void {
    const { latest } = sensor;
    this.forgottenAt.delete(latest.sensorId);
    if (!this.sensors.has(latest.sensorId)) this.add(latest, sensor, 0);
    this.put(latest);
  }

  isForgotten(sensorId: string, position: Position): boolean {
    if (this.forgottenAt.size === 0) return false;
    const forgottenAt = this.forgottenAt.get(sensorId);
    return forgottenAt !== undefined && position <= forgottenAt;
  }

  /** Those that were forgotten, whether or not they were heard since. */
  *forgotten(): Generator<Forgotten> {
    for (const [sensorId, position] of this.forgottenAt) yield { sensorId, position };
  }

  /** The journal has let go of everything up to a place. */
  released(position: Position): void {
    for (const [sensorId, forgottenAt] of this.forgottenAt)
      if (forgottenAt <= position && this.sensors.has(sensorId)) this.forgottenAt.delete(sensorId);
  }

  /** Whether the store need not be asked: it had nothing of this sensor, or the sensor is forgotten. */
  isAbsent(sensorId: string): boolean {
    return this.absent.has(sensorId) || this.forgottenAt.has(sensorId);
  }

  noteAbsent(sensorId: string): void {
    this.absent.add(sensorId);
    const [oldest] = this.absent;
    if (this.absent.size > MAX_ABSENT && oldest !== undefined) this.absent.delete(oldest);
  }

  private put(reading: Reading): Entry {
    const sensor = this.sensors.get(reading.sensorId) ?? this.add(reading, NEVER_HEARD, 0);
    this.changed.add(sensor);
    const { latest: before } = sensor;
    if (before === reading) return sensor;
    const latest = newest(before, reading);
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

  private add(latest: Reading, { firstMs, lastMs, readings }: Heard, countedSeq: Position): Entry {
    const { sensorId } = latest;
    const version = (this.version += 1);
    const sensor = { latest, version, firstMs, lastMs, readings, countedSeq, zone: this.enter(latest.zone) };
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
