/** A zone in which sensors stand now. */
export interface Zone {
  readonly name: string;
  sensors: number;
  /** Of the last change to one of its latest readings, or to its set of sensors. */
  version: number;
}

/** The zones of the latest readings, and how many sensors each has. */
export class Zones {
  private readonly zones = new Map<string, Zone>();

  has(name: string): boolean {
    return this.zones.has(name);
  }

  versionOf(name: string): number {
    return this.zones.get(name)?.version ?? 0;
  }

  /** A sensor is in this zone from this version on. */
  enter(name: string, version: number): Zone {
    let zone = this.zones.get(name);
    if (!zone) {
      zone = { name, sensors: 0, version: 0 };
      this.zones.set(name, zone);
    }
    zone.sensors += 1;
    zone.version = version;
    return zone;
  }

  /** A sensor is no longer in this zone. */
  leave(zone: Zone, version: number): void {
    zone.sensors -= 1;
    zone.version = version;
    // An empty zone has one answer only, whatever was in it.
    if (zone.sensors === 0) this.zones.delete(zone.name);
  }
}
