/** How many sensors are remembered; the oldest are dropped first. */
const MAX_ABSENT = 10_000;

/** Sensors that nobody knows: the store was asked, and has nothing of them either. */
export class AbsentSensors {
  private readonly ids = new Set<string>();

  has(sensorId: string): boolean {
    return this.ids.has(sensorId);
  }

  add(sensorId: string): void {
    this.ids.add(sensorId);
    const [oldest] = this.ids;
    if (this.ids.size > MAX_ABSENT && oldest !== undefined) this.ids.delete(oldest);
  }

  delete(sensorId: string): void {
    this.ids.delete(sensorId);
  }
}
