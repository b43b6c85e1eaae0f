import type { SensorRegistry } from '../journal/sensor-registry.js';

/** Bounds how many sensors there are: those that are known, and those whose first reading is being accepted. */
export class SensorLimit {
  /** New sensors, and in how many requests they are just coming. */
  private readonly coming = new Map<string, number>();

  constructor(
    private readonly registry: SensorRegistry,
    readonly max: number,
  ) {}

  /** @returns false when there is no room for this sensor */
  hasRoomFor(sensorId: string): boolean {
    return (
      this.registry.get(sensorId) !== undefined ||
      this.coming.has(sensorId) ||
      this.registry.size + this.coming.size < this.max
    );
  }

  /**
   * Counts the sensor, if it is new, until leave() is called as often.
   * @returns whether it is new
   */
  enter(sensorId: string): boolean {
    if (this.registry.get(sensorId)) return false;
    this.coming.set(sensorId, (this.coming.get(sensorId) ?? 0) + 1);
    return true;
  }

  /** The sensor is known now, or its reading was not accepted. */
  leave(sensorId: string): void {
    const requests = this.coming.get(sensorId);
    if (requests === undefined) return;
    if (requests > 1) this.coming.set(sensorId, requests - 1);
    else this.coming.delete(sensorId);
  }
}
