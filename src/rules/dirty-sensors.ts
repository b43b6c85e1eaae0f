import type { WatchedSensor } from './watched-sensor.js';

/** Sensors whose state has changed since it was saved. A mark on each spares a search with every reading. */
export class DirtySensors implements Iterable<WatchedSensor> {
  private readonly sensors = new Set<WatchedSensor>();

  [Symbol.iterator](): Iterator<WatchedSensor> {
    return this.sensors.values();
  }

  add(sensor: WatchedSensor): void {
    if (sensor.isDirty) return;
    sensor.isDirty = true;
    this.sensors.add(sensor);
  }

  delete(sensor: WatchedSensor): void {
    sensor.isDirty = false;
    this.sensors.delete(sensor);
  }

  clear(): void {
    for (const sensor of this.sensors) sensor.isDirty = false;
    this.sensors.clear();
  }
}
