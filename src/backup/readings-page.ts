import type { Reading } from '../model/reading.js';

/** A row of the embedded store: sensor, timestamp in microseconds, zone, value, latency. Sensors and zones are numbers. */
export type ReadingRow = readonly [
  sensor: number,
  timestampUs: number,
  zone: number,
  value: number,
  latencyMs: number | null,
];

/** What the numbers of sensors and zones mean in one page. */
interface PageHead {
  /** Runs of rows: the sensor's id, and how many rows. */
  readonly s: readonly (readonly [sensorId: string, rows: number])[];
  readonly z: readonly string[];
}

const HEAD_BYTES = 4;
const ROW_BYTES = 28;

/**
 * Rows as bytes: the length of a head in JSON, the head, and for each row timestamp, value, latency (NaN where there is
 * none) and the index of its zone, column by column, little-endian.
 * @param rows in the order of the store: those of a sensor follow each other
 */
export function encodeReadingsPage(
  rows: readonly ReadingRow[],
  sensorIdOf: (sensor: number) => string,
  zoneOf: (zone: number) => string,
): Buffer {
  const sensors: [string, number][] = [];
  const zones: string[] = [];
  const zoneIndexes = new Map<number, number>();
  const { length } = rows;
  const columns = Buffer.allocUnsafe(length * ROW_BYTES);
  let previous: number | undefined;
  for (const [index, [sensor, timestampUs, zone, value, latencyMs]] of rows.entries()) {
    const run = sensor === previous ? sensors.at(-1) : undefined;
    if (run) run[1] += 1;
    else sensors.push([sensorIdOf(sensor), 1]);
    previous = sensor;
    const zoneIndex = zoneIndexes.get(zone) ?? zones.push(zoneOf(zone)) - 1;
    zoneIndexes.set(zone, zoneIndex);
    columns.writeDoubleLE(timestampUs, index * 8);
    columns.writeDoubleLE(value, (length + index) * 8);
    columns.writeDoubleLE(latencyMs ?? NaN, (2 * length + index) * 8);
    columns.writeUInt32LE(zoneIndex, 24 * length + index * 4);
  }
  const head = Buffer.from(JSON.stringify({ s: sensors, z: zones } satisfies PageHead));
  const headLength = Buffer.allocUnsafe(HEAD_BYTES);
  headLength.writeUInt32LE(head.length);
  return Buffer.concat([headLength, head, columns]);
}

/**
 * @param bytes from encodeReadingsPage()
 * @throws Error when they are not
 */
export function decodeReadingsPage(bytes: Buffer): Reading[] {
  const start = HEAD_BYTES + bytes.readUInt32LE();
  const { s, z } = JSON.parse(bytes.toString('utf8', HEAD_BYTES, start)) as PageHead;
  const length = s.reduce((sum, [, rows]) => sum + rows, 0);
  const columns = bytes.subarray(start);
  if (columns.length !== length * ROW_BYTES) throw new RangeError('A page of readings has another length');
  const readings: Reading[] = [];
  for (const [sensorId, rows] of s) {
    for (const end = readings.length + rows; readings.length < end;) {
      const index = readings.length;
      const zone = z[columns.readUInt32LE(24 * length + index * 4)];
      if (zone === undefined) throw new RangeError('A page of readings names a zone that it does not have');
      const timestampUs = columns.readDoubleLE(index * 8);
      const value = columns.readDoubleLE((length + index) * 8);
      const latencyMs = columns.readDoubleLE((2 * length + index) * 8);
      readings.push({
        sensorId,
        zone,
        value,
        timestampUs,
        ...(!Number.isNaN(latencyMs) && { latencyMs }),
      });
    }
  }
  return readings;
}
