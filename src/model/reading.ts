/** One measured value. Writing the same sensorId, zone and timestampUs again replaces the fields it brings. */
export interface Reading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  /** Milliseconds from measurement to sending; absent when the device does not tell. */
  readonly latencyMs?: number;
  /** Microseconds since the Unix epoch, a safe integer. */
  readonly timestampUs: number;
}

/** A reading as it arrives: without a timestamp it gets the time of acceptance. */
export type NewReading = Omit<Reading, 'timestampUs'> & { readonly timestampUs?: number };

/** A place in a sensor's readings, which are ordered by time, then by zone (compared as UTF-8 bytes). */
export type ReadingPosition = Pick<Reading, 'timestampUs' | 'zone'>;

/** @returns below 0 when `a` stands before `b`, above 0 when after, 0 when they are the same place */
export function compareReadings(a: ReadingPosition, b: ReadingPosition): number {
  return a.timestampUs - b.timestampUs || Buffer.compare(Buffer.from(a.zone), Buffer.from(b.zone));
}
