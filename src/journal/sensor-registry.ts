import type { Reading } from '../reading/reading.js';
import type { Position } from './journal.js';
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

/** What is known of a sensor. */
export interface Sensor extends Heard {
  /** Its newest reading by timestamp. */
  readonly latest: Reading;
  /** Grows with every change of `latest`, over all sensors. */
  readonly version: number;
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

interface Zone {
  sensors: number;
  /** Of the last change to one of its latest readings, or to which sensors are in it. */
  version: number;
}

/** Of a sensor that only the store knows. */
export const NEVER_HEARD: Heard = { firstMs: undefined, lastMs: undefined, readings: 0 };

/** What is known once one more reading was accepted. */
export function heardAgain({ firstMs, lastMs, readings }: Heard, acceptedMs: number): Heard {
  return {
    firstMs: Math.min(acceptedMs, firstMs ?? Infinity),
    // The machine's clock may have been set back.
    lastMs: Math.max(acceptedMs, lastMs ?? -Infinity),
    readings: readings + 1,
  };
}

/** Every sensor that is known, in memory. */
export class SensorRegistry {
  private readonly sensors = new Map<string, Sensor>();
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
    const forgottenAt = this.forgottenAt.get(reading.sensorId);
    if (forgottenAt !== undefined && position <= forgottenAt) return;
    this.put(reading, heardAgain(this.sensors.get(reading.sensorId) ?? NEVER_HEARD, acceptedMs));
  }

  /** Takes a reading that is no news of its sensor: a store holds it, or it was accepted long ago. */
  note(reading: Reading, position: Position): void {
    const forgottenAt = this.forgottenAt.get(reading.sensorId);
    if (forgottenAt !== undefined && position <= forgottenAt) return;
    this.put(reading, this.sensors.get(reading.sensorId) ?? NEVER_HEARD);
  }

  /** Takes what an earlier life knew. */
  restore(latest: Reading, heard: Heard): void {
    this.put(latest, heard);
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
    this.leaveZone(sensor.latest.zone);
    return sensor;
  }

  /** Takes a forgetting back. */
  unforget(sensor: Sensor): void {
    const { latest } = sensor;
    this.forgottenAt.delete(latest.sensorId);
    this.put(latest, this.sensors.get(latest.sensorId) ?? sensor);
  }

  isForgotten(sensorId: string, position: Position): boolean {
    const forgottenAt = this.forgottenAt.get(sensorId);
    return forgottenAt !== undefined && position <= forgottenAt;
  }

  /** Those that were forgotten, whether or not they were heard since. */
  *forgotten(): Generator<Forgotten> {
    for (const [sensorId, position] of this.forgottenAt) yield { sensorId, position };
  }

  /** The journal has let go of everything up to a place. */
  released(sensorId: string, position: Position): void {
    const forgottenAt = this.forgottenAt.get(sensorId);
    if (forgottenAt !== undefined && forgottenAt <= position && this.sensors.has(sensorId))
      this.forgottenAt.delete(sensorId);
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

  private put(reading: Reading, { firstMs, lastMs, readings }: Heard): void {
    const { sensorId } = reading;
    const before = this.sensors.get(sensorId);
    const latest = newest(before?.latest, reading);
    const changed = !before || !isSame(before.latest, latest);
    if (changed) this.version += 1;
    const version = changed ? this.version : before.version;
    this.sensors.set(sensorId, { latest, version, firstMs, lastMs, readings });
    if (!before) {
      this.sorted.add(sensorId);
      this.absent.delete(sensorId);
    }
    if (!changed) return;
    if (before && before.latest.zone !== latest.zone) this.leaveZone(before.latest.zone);
    const zone = this.zones.get(latest.zone) ?? { sensors: 0, version };
    if (before?.latest.zone !== latest.zone) zone.sensors += 1;
    zone.version = version;
    this.zones.set(latest.zone, zone);
  }

  private leaveZone(name: string): void {
    const zone = this.zones.get(name);
    if (!zone) return;
    zone.sensors -= 1;
    zone.version = this.version;
    // An empty zone has one answer only, whatever was in it.
    if (zone.sensors === 0) this.zones.delete(name);
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
