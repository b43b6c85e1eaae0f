import { flux, fluxDateTime, type ParameterizedQuery } from '@influxdata/influxdb-client';

import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import type { Influxql } from './influxql.js';
import type { StoreFindings } from './store-findings.js';

/** All time that InfluxDB can name in a range. */
const FROM = '1700-01-01T00:00:00Z';
const TO = '2255-01-01T00:00:00Z';

/** Series that have no sensor or no zone. */
export const UNTAGGED = flux`(r.zone == "" or r.sensor_id == "")`;

/** How long counting may take. */
const COUNT_TIMEOUT_MS = 60_000;

/** Checks that the bucket may be read, and what other programs have left in it that the gateway cannot show. */
export class BucketCheck {
  private readonly closing = new AbortController();
  private counting: Promise<void> | undefined;

  constructor(
    private readonly connection: InfluxConnection,
    private readonly bucket: string,
    private readonly influxql: Influxql,
    private readonly findings: StoreFindings,
  ) {}

  /**
   * Reads the bucket. The first time that it may, it begins to count the series that the gateway leaves out.
   * @throws ReadRefused when INFLUXDB_TOKEN may not read the bucket, or some readings could be missing in what it reads
   * @throws StoreUnavailable
   */
  async read(signal: AbortSignal): Promise<void> {
    const nothing = flux`from(bucket: ${this.bucket}) |> range(start: -1s) |> filter(fn: (r) => r._measurement == "")`;
    await this.connection.query(nothing, signal, () => undefined);
    this.counting ??= this.tellLeftOut().catch(() => {
      this.counting = undefined;
    });
    await this.influxql.check(signal);
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.counting;
  }

  private async tellLeftOut(): Promise<void> {
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(COUNT_TIMEOUT_MS)]);
    const count = await countSeries(this.connection, this.bucket, UNTAGGED, signal);
    if (count > 0)
      this.findings.tell(
        'anomaly',
        'series left out',
        `${count} series of ${MEASUREMENT} in INFLUXDB_BUCKET ${this.bucket} have no sensor_id or no zone: the gateway leaves them out of latest readings, sensors and history`,
      );
  }
}

/**
 * How many series of readings a predicate finds. InfluxDB counts in its index, without looking at points (0.1 to 0.7 s among
 * 150,000 series).
 * @param predicate in Flux, about `r`
 * @throws StoreUnavailable
 */
export async function countSeries(
  connection: InfluxConnection,
  bucket: string,
  predicate: ParameterizedQuery,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  const query = flux`import "influxdata/influxdb"
    influxdb.cardinality(bucket: ${bucket}, start: ${fluxDateTime(FROM)}, stop: ${fluxDateTime(TO)},
      predicate: (r) => r._measurement == ${MEASUREMENT} and ${predicate})`;
  await connection.query(query, signal, (row, columns) => {
    count += columns.readNumber(row, '_value');
  });
  return count;
}
