/** What rules know of sensors. The room of rules, which stands above this one, registers itself with SensorsService. */
export interface SensorRules {
  /** After how many milliseconds without a reading a rule calls the sensor silent; Infinity where no rule does. */
  silentAfterMs(sensorId: string, zone: string): number;
  /** Forgets the state of rules for a sensor, as far as readings up to a position in the journal made it. */
  forget(sensorId: string, position: number): Promise<void>;
}
