/** What rules know about sensors. Implemented by rules/, which registers itself with SensorsService. */
export interface SensorRules {
  /** After how many milliseconds without a reading a rule calls the sensor silent; Infinity where no rule does. */
  silentAfterMs(sensorId: string, zone: string): number;
  /** The rules that are active for a sensor, by id, and since when, milliseconds since the Unix epoch. */
  activeOf(sensorId: string): ReadonlyMap<string, number>;
  /** Forgets the state of rules for a sensor, as far as it comes from readings up to a position in the journal. */
  forget(sensorId: string, position: number): Promise<void>;
}
