import type { Position } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import type { Stamp } from '../model/stamp.js';
import { KnownSensors } from './known-sensors.js';
import { isSame } from './newest.js';
import type { Rhythm } from './rhythm.js';
import type { Activity, Sensor, SensorFilter } from './sensor.js';
import { SortedIds } from './sorted-ids.js';
import { type Zone, Zones } from './zones.js';

/** One object as long as the sensor is known: a new one for every reading would be garbage at once. */
export interface SensorEntry extends Rhythm {
  latest: Reading;
  stamp: Stamp;
  version: number;
  firstMs: number | undefined;
  lastMs: number | undefined;
  heardMs: number | undefined;
  readings: number;
  ignoredUs: number | undefined;
  readonly countedSeq: Position;
  /** Where `latest` is. */
  zone: Zone;
  /** Whether it is known: it has not been removed. */
  isKnown: boolean;
  /** Whether the ledger has it, or gets it with what is being saved. */
  isSaved: boolean;
  /** When it changed last: how often takeChanged() had been called. */
  changedIn: number;
}

/** Of a sensor that only the store knows. */
export const NONE_ACCEPTED: Activity = { firstMs: undefined, lastMs: undefined, readings: 0 };

const NEVER = -1;

/** The sensors, in order and by zone, with the versions of their latest readings, and which of them are to be saved. */
export abstract class SensorSet extends KnownSensors {
  protected readonly sensors = new Map<string, SensorEntry>();
  /** Those that changed since takeChanged(). A set would have to be searched with each reading. */
  private changed: SensorEntry[] = [];
  private takes = 0;
  private readonly zones = new Zones();
  private readonly sorted = new SortedIds();
  private version = 0;

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

  /** How many sensors changed, at most, since takeChanged() gave them. */
  get changedCount(): number {
    return this.changed.length;
  }

  /** Whether a sensor is known, and the ledger has it or gets it with what is being saved. */
  isSaved(sensorId: string): boolean {
    return this.sensors.get(sensorId)?.isSaved ?? false;
  }

  /** The sensors that changed since the last call, those first that have waited longest. They are to be saved, or returned. */
  takeChanged(): readonly Sensor[] {
    const { changed } = this;
    this.changed = [];
    this.takes += 1;
    return changed;
  }

  /** Those of the taken sensors that are still known. They are saved as they are now. */
  beginSaving(taken: readonly Sensor[]): readonly Sensor[] {
    const known = (taken as readonly SensorEntry[]).filter(({ isKnown }) => isKnown);
    for (const sensor of known) sensor.isSaved = true;
    return known;
  }

  /** Takes back sensors from takeChanged(), because they could not be saved. */
  returnChanged(sensors: readonly Sensor[]): void {
    for (const sensor of sensors as readonly SensorEntry[]) {
      sensor.isSaved = false;
      this.markChanged(sensor);
    }
  }

  protected markChanged(sensor: SensorEntry): void {
    if (sensor.changedIn === this.takes) return;
    sensor.changedIn = this.takes;
    this.changed.push(sensor);
  }

  protected replaceLatest(sensor: SensorEntry, latest: Reading, stamp: Stamp): void {
    if (sensor.stamp !== stamp) {
      sensor.stamp = stamp;
      this.markChanged(sensor);
    }
    if (!isSame(sensor.latest, latest)) this.setLatest(sensor, latest);
  }

  private setLatest(sensor: SensorEntry, latest: Reading): void {
    const { latest: before } = sensor;
    this.markChanged(sensor);
    sensor.latest = latest;
    if (sensor.ignoredUs !== undefined && latest.timestampUs > sensor.ignoredUs) sensor.ignoredUs = undefined;
    sensor.version = this.version += 1;
    if (before.zone === latest.zone) {
      sensor.zone.version = this.version;
    } else {
      this.zones.leave(sensor.zone, this.version);
      sensor.zone = this.zones.enter(latest.zone, this.version);
    }
  }

  protected add(
    latest: Reading,
    stamp: Stamp,
    { firstMs, lastMs, readings }: Activity,
    countedSeq: Position,
    ignoredUs: number | undefined,
  ): SensorEntry {
    const { sensorId } = latest;
    const version = (this.version += 1);
    const sensor: SensorEntry = {
      latest,
      stamp,
      version,
      firstMs,
      lastMs,
      heardMs: undefined,
      readings,
      ignoredUs,
      gapMs: 0,
      pauseMs: 0,
      gaps: 0,
      delayMs: undefined,
      countedSeq,
      zone: this.zones.enter(latest.zone, this.version),
      isKnown: true,
      isSaved: false,
      changedIn: NEVER,
    };
    this.sensors.set(sensorId, sensor);
    this.sorted.add(sensorId);
    return sensor;
  }

  protected remove(sensor: SensorEntry): void {
    const { sensorId } = sensor.latest;
    this.sensors.delete(sensorId);
    sensor.isKnown = false;
    this.sorted.delete(sensorId);
    this.version += 1;
    this.zones.leave(sensor.zone, this.version);
  }
}
