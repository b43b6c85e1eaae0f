import { flux } from '@influxdata/influxdb-client';

import { countSeries, UNTAGGED } from './bucket-check.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import { ALL_TIME } from './influx-readings.js';
import type { Influxql } from './influxql.js';
import type { InfluxqlSeries } from './influxql-answer.js';

/** What a bucket has of one sensor, in points. */
export interface SensorPoints {
  /** Numbers in `value`, at times that a reading can have, in series with a zone. */
  values: number;
  /** The same in `latency_ms`. */
  latencies: number;
  /** Values and latencies that are text, true or false. */
  texts: number;
  /** Values at times that no reading can have. */
  outside: number;
  /** Whole numbers that a 64-bit floating-point number cannot hold exactly. */
  inexact: number;
  /** Values in zones whose names have a carriage return, which InfluxDB's answers in CSV leave out. */
  misnamed: number;
}

/** What a bucket has in the measurement of readings, counted without the rules of readings. */
export interface BucketSurvey {
  readonly sensors: ReadonlyMap<string, SensorPoints>;
  /** Series without sensor_id or zone. */
  readonly untagged: number;
  /** Tags and fields that readings do not have; at most MAX_NAMED of each. */
  readonly tags: readonly { readonly name: string; readonly series: number }[];
  readonly fields: readonly { readonly name: string; readonly points: number }[];
}

const FIELDS = ['value', 'latency_ms'];
const TAGS = ['sensor_id', 'zone'];
const MAX_NAMED = 20;

/** Nanoseconds. */
const FROM = `${ALL_TIME.fromUs}000`;
const TO = `${ALL_TIME.toUs}000`;
const IN_RANGE = `time >= ${FROM} AND time < ${TO}`;
const TAGGED = "sensor_id != '' AND zone != ''";

/** From here on, whole numbers are further apart than 1. */
const EXACT = '9007199254740992.0';
/** No whole number of InfluxDB is larger. */
const LARGEST = 2 ** 64;

/**
 * Counts what a bucket has, in InfluxQL, which reads each shard in its own types.
 * @throws NoMapping
 * @throws StoreUnavailable
 */
export function surveyBucket(
  connection: InfluxConnection,
  bucket: string,
  influxql: Influxql,
  signal: AbortSignal,
): Promise<BucketSurvey> {
  return new Survey(connection, bucket, influxql, signal).run();
}

class Survey {
  private readonly sensors = new Map<string, SensorPoints>();

  constructor(
    private readonly connection: InfluxConnection,
    private readonly bucket: string,
    private readonly influxql: Influxql,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<BucketSurvey> {
    const fields = await this.rows(`SHOW FIELD KEYS FROM ${MEASUREMENT}`);
    const own = fields.filter(([name = '']) => FIELDS.includes(name));
    const types = new Set(own.map(([, type]) => type));
    const numbers = FIELDS.map((field) => `count(${field}::float)`);
    await this.addCounts(numbers, `${IN_RANGE} AND ${TAGGED}`, (points, [values = 0, latencies = 0]) => {
      points.values += values;
      points.latencies += latencies;
    });
    const values = 'count(value::float)';
    for (const outside of [`time < ${FROM}`, `time >= ${TO}`])
      await this.addCounts([values], `${outside} AND ${TAGGED}`, (points, [count = 0]) => {
        points.outside += count;
      });
    // With several types, readings come as JSON, which has the whole name.
    if (own.length === new Set(own.map(([name]) => name)).size)
      await this.addCounts([values], `${IN_RANGE} AND ${TAGGED} AND zone =~ /\\r/`, (points, [count = 0]) => {
        points.misnamed += count;
      });
    if (types.has('string') || types.has('boolean')) await this.addTexts();
    if (types.has('integer') || types.has('unsigned'))
      for (const field of FIELDS) await this.addInexact(field);
    return {
      sensors: this.sensors,
      untagged: await countSeries(this.connection, this.bucket, UNTAGGED, this.signal),
      tags: await this.furtherTags(),
      fields: await this.furtherFields(fields),
    };
  }

  private addTexts(): Promise<void> {
    const texts = FIELDS.flatMap((field) => ['string', 'boolean'].map((type) => `count(${field}::${type})`));
    return this.addCounts(texts, `${IN_RANGE} AND ${TAGGED}`, (points, counts) => {
      for (const count of counts) points.texts += count;
    });
  }

  /** A sum of them is what InfluxDB cannot give: it compares as floating-point numbers, too. */
  private addInexact(field: string): Promise<void> {
    const isLarge = `(${field}::float >= ${EXACT} OR ${field}::float <= -${EXACT})`;
    // The last 32 bits of the whole number, to compare with those of the nearest floating-point number.
    const columns = [`${field}::float`, `${field}::integer & 4294967295`];
    return this.addCounts(columns, `${IN_RANGE} AND ${TAGGED} AND ${isLarge}`, (points, [value = 0, low]) => {
      if (Math.abs(value) <= LARGEST && BigInt.asUintN(32, BigInt(value)) !== BigInt(low ?? 0))
        points.inexact += 1;
    });
  }

  private async furtherTags(): Promise<BucketSurvey['tags']> {
    const tags: { name: string; series: number }[] = [];
    for (const [name = ''] of await this.rows(`SHOW TAG KEYS FROM ${MEASUREMENT}`)) {
      if (TAGS.includes(name) || tags.length === MAX_NAMED) continue;
      const series = await countSeries(this.connection, this.bucket, flux`r[${name}] != ""`, this.signal);
      if (series > 0) tags.push({ name, series });
    }
    return tags;
  }

  /** InfluxDB lists fields whose points were deleted, too. */
  private async furtherFields(keys: readonly string[][]): Promise<BucketSurvey['fields']> {
    const fields: { name: string; points: number }[] = [];
    for (const [name = '', type = ''] of keys) {
      if (FIELDS.includes(name) || fields.length === MAX_NAMED) continue;
      const [counts] = await this.rows(`SELECT count(${quoteName(name)}::${type}) FROM ${MEASUREMENT}`);
      const points = Number(counts?.[1] ?? 0);
      if (points > 0) fields.push({ name, points });
    }
    return fields;
  }

  /** @param add called with each row of a sensor, without its time */
  private async addCounts(
    columns: readonly string[],
    where: string,
    add: (points: SensorPoints, row: readonly number[]) => void,
  ): Promise<void> {
    const statement = `SELECT ${columns.join(', ')} FROM ${MEASUREMENT} WHERE ${where} GROUP BY sensor_id`;
    await this.influxql.ask(statement, this.signal, ({ tags = {}, values = [] }) => {
      const points = this.pointsOf(tags.sensor_id ?? '');
      for (const [, ...row] of values) add(points, row.map(Number));
    });
  }

  private pointsOf(sensorId: string): SensorPoints {
    const known = this.sensors.get(sensorId);
    if (known) return known;
    const points = { values: 0, latencies: 0, texts: 0, outside: 0, inexact: 0, misnamed: 0 };
    this.sensors.set(sensorId, points);
    return points;
  }

  private async rows(statement: string): Promise<string[][]> {
    const rows: string[][] = [];
    await this.influxql.ask(statement, this.signal, ({ values = [] }: InfluxqlSeries) => {
      for (const row of values) rows.push(row.map(String));
    });
    return rows;
  }
}

/** A name in InfluxQL. */
function quoteName(name: string): string {
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
