import type Database from 'better-sqlite3';

import type { Stamp } from '../../model/stamp.js';
import type { ForgottenSensor, RestoredSensor } from '../../registry/sensor.js';
import type { PackedSensors } from './packed-sensors.js';
import { sensorWriter } from './write-sensors.js';

/** As an array: SQLite's rows take twice the time to make with names. */
type SensorRow = readonly [
  sensorId: string,
  zone: string,
  value: number,
  latencyMs: number | null,
  timestampUs: number,
  firstMs: number | null,
  lastMs: number | null,
  readings: number,
  countedSeq: number,
  stamp: Stamp,
  ignoredUs: number | null,
];

/** What is known of each sensor, and which ones are forgotten. */
export class SensorTable {
  private readonly putRows: (sensors: PackedSensors, countedSeq: number) => void;
  private readonly uncountRows: Database.Statement;
  private readonly deleteRow: Database.Statement;
  private readonly pageRows: Database.Statement<[string, number], SensorRow>;
  private readonly putForgotten: Database.Statement;
  private readonly forgottenRows: Database.Statement<[], ForgottenSensor>;
  private readonly deleteForgottenRow: Database.Statement;
  private readonly deleteForgotten: Database.Statement;
  private readonly deleteAll: Database.Statement;

  constructor(db: Database.Database) {
    this.deleteAll = db.prepare('DELETE FROM sensors');
    this.putRows = sensorWriter(db);
    this.uncountRows = db.prepare('UPDATE sensors SET counted_seq = @lastSeq WHERE counted_seq > @lastSeq');
    this.deleteRow = db.prepare('DELETE FROM sensors WHERE sensor_id = ?');
    this.pageRows = db
      .prepare<[string, number], SensorRow>(
        `SELECT sensor_id, zone, value, latency_ms, timestamp_us, first_ms, last_ms, readings, counted_seq, stamp, ignored_us
         FROM sensors WHERE sensor_id > ? ORDER BY sensor_id LIMIT ?`,
      )
      .raw();
    this.putForgotten = db.prepare(
      `INSERT INTO forgotten (sensor_id, seq, ignored_us) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq), ignored_us = max(ignored_us, excluded.ignored_us)`,
    );
    this.forgottenRows = db.prepare<[], ForgottenSensor>(
      'SELECT sensor_id AS sensorId, seq AS position, ignored_us AS ignoredUs FROM forgotten',
    );
    this.deleteForgottenRow = db.prepare('DELETE FROM forgotten WHERE sensor_id = ?');
    this.deleteForgotten = db.prepare(
      'DELETE FROM forgotten WHERE seq <= ? AND sensor_id IN (SELECT sensor_id FROM sensors)',
    );
  }

  /** @param countedSeq they are known as they are at this position in the journal */
  put(sensors: PackedSensors, countedSeq: number): void {
    this.putRows(sensors, countedSeq);
  }

  /** At most `limit` sensors that follow an id. */
  page(afterSensorId: string, limit: number): RestoredSensor[] {
    return this.pageRows.all(afterSensorId, limit).map(toSensor);
  }

  /** Makes readings after a position count again: other readings will have these positions. */
  uncountAfter(lastSeq: number): void {
    this.uncountRows.run({ lastSeq });
  }

  /** Forgets a sensor because people want that. */
  forget({ sensorId, position, ignoredUs }: ForgottenSensor): void {
    this.putForgotten.run(sensorId, position, ignoredUs);
    this.deleteRow.run(sensorId);
  }

  /** Forgets a sensor because nothing is left of it. @param ignoredUs of a sensor that people made the gateway forget before */
  remove(sensorId: string, position: number, ignoredUs: number | undefined): void {
    if (ignoredUs !== undefined) this.forget({ sensorId, position, ignoredUs });
    else this.deleteForgottenRow.run(sensorId);
    this.deleteRow.run(sensorId);
  }

  /** Forgets what is known of all sensors. Those that people made the gateway forget stay forgotten. */
  clear(): void {
    this.deleteAll.run();
  }

  forgotten(): ForgottenSensor[] {
    return this.forgottenRows.all();
  }

  /** Sensors that are known again are no longer forgotten, once nothing from before is left in the journal. */
  dropForgotten(releasedSeq: number): void {
    this.deleteForgotten.run(releasedSeq);
  }
}

function toSensor(row: SensorRow): RestoredSensor {
  const [
    sensorId,
    zone,
    value,
    latencyMs,
    timestampUs,
    firstMs,
    lastMs,
    readings,
    countedSeq,
    stamp,
    ignored,
  ] = row;
  return {
    countedSeq,
    stamp,
    ignoredUs: ignored ?? undefined,
    latest: { sensorId, zone, value, latencyMs: latencyMs ?? undefined, timestampUs },
    activity: { firstMs: firstMs ?? undefined, lastMs: lastMs ?? undefined, readings },
  };
}
