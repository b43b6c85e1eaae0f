/** One measured value. Writing the same sensorId, zone and timestampUs again replaces the fields it brings. */
export interface Reading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  /** Milliseconds from measurement to sending; absent when the device does not send it. */
  readonly latencyMs?: number;
  /** Microseconds since the Unix epoch, a safe integer. */
  readonly timestampUs: number;
}

/** A submitted reading. Without a timestamp it gets the time of acceptance. */
export type NewReading = Omit<Reading, 'timestampUs'> & { readonly timestampUs?: number };

/** A position in a sensor's readings, which are ordered by time, then by zone (compared as UTF-8 bytes). */
export type ReadingPosition = Pick<Reading, 'timestampUs' | 'zone'>;

/** @returns below 0 when `a` is before `b`, above 0 when it is after, 0 for the same position */
export function compareReadings(a: ReadingPosition, b: ReadingPosition): number {
  return a.timestampUs - b.timestampUs || Buffer.compare(Buffer.from(a.zone), Buffer.from(b.zone));
}
