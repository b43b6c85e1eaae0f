import type { Position } from '../journal/journal-entry.js';
import type { ForgottenSensor } from './sensor.js';

/** The sensors that people made the gateway forget. */
export class ForgottenSensors {
  private readonly bySensor = new Map<string, ForgottenSensor>();

  get(sensorId: string): ForgottenSensor | undefined {
    return this.bySensor.get(sensorId);
  }

  all(): IterableIterator<ForgottenSensor> {
    return this.bySensor.values();
  }

  put(forgotten: ForgottenSensor): void {
    this.bySensor.set(forgotten.sensorId, forgotten);
  }

  delete(sensorId: string): void {
    this.bySensor.delete(sensorId);
  }

  /** Whether a sensor was forgotten at this position in the journal, or later. */
  isForgotten(sensorId: string, position: Position): boolean {
    if (this.bySensor.size === 0) return false;
    const forgotten = this.bySensor.get(sensorId);
    return forgotten !== undefined && position <= forgotten.position;
  }

  /** Drops those that are known again. Everything up to this position has left the journal. */
  released(position: Position, isKnown: (sensorId: string) => boolean): void {
    for (const [sensorId, forgotten] of this.bySensor)
      if (forgotten.position <= position && isKnown(sensorId)) this.bySensor.delete(sensorId);
  }
}
