import type { Database, Statement } from 'better-sqlite3';

/** Readings of one sensor with times from `fromUs` up to, not including, `toUs`. */
export interface SensorRange {
  /** The sensor's key. */
  readonly sensor: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Finds how far a slice of one sensor's readings may go, so that one slice is short, whatever zone is asked for. */
export class SensorSlices {
  private readonly findSensor: Statement<[string], number>;
  private readonly timeFromStart: Statement<[object], number>;
  private readonly timeFromEnd: Statement<[object], number>;

  constructor(db: Database) {
    this.findSensor = db.prepare<[string], number>('SELECT sensor FROM sensors WHERE sensor_id = ?').pluck();
    const timeAt = (order: 'ASC' | 'DESC'): Statement<[object], number> =>
      db
        .prepare<[object], number>(
          `SELECT timestamp_us FROM readings
           WHERE sensor = @sensor AND timestamp_us >= @fromUs AND timestamp_us < @toUs
           ORDER BY timestamp_us ${order} LIMIT 1 OFFSET @offset`,
        )
        .pluck();
    this.timeFromStart = timeAt('ASC');
    this.timeFromEnd = timeAt('DESC');
  }

  /** @returns the sensor's key; undefined when it has no readings */
  keyOf(sensorId: string): number | undefined {
    return this.findSensor.get(sensorId);
  }

  /** @returns the time of the first reading of a range; undefined when it has none */
  firstTime(range: SensorRange): number | undefined {
    return this.timeFromStart.get({ ...range, offset: 0 });
  }

  /**
   * Where a slice from the start of a range ends, which is not included in it.
   * @param maxReadings of any zone; readings of one microsecond stay together, so that each slice makes progress
   * @returns undefined when the whole range is one slice
   */
  endOf(range: SensorRange, maxReadings: number): number | undefined {
    const endUs = this.timeFromStart.get({ ...range, offset: maxReadings });
    return endUs === undefined ? undefined : Math.max(endUs, range.fromUs + 1);
  }

  /** Where a slice that reaches to the end of a range begins. @returns undefined when the whole range is one slice */
  startOf(range: SensorRange, maxReadings: number): number | undefined {
    const beforeUs = this.timeFromEnd.get({ ...range, offset: maxReadings });
    return beforeUs === undefined ? undefined : Math.min(beforeUs + 1, range.toUs - 1);
  }
}
