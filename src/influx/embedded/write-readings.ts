import type { Database } from 'better-sqlite3';

import type { PackedReadings } from './packed-readings.js';

/** Readings of one statement: each costs half of what it costs in a statement of its own. More make no difference. */
const ROWS_PER_STATEMENT = 50;
const PARAMETERS_PER_ROW = 5;
/** Readings of one transaction. It bounds the -wal: in the worst case each reading has a page of its own. */
const ROWS_PER_COMMIT = 20_000;

/** Readings that are written, and where. */
interface Ordered {
  readonly readings: PackedReadings;
  readonly sensorKeys: Float64Array;
  readonly zoneKeys: Float64Array;
  /** The indexes of the readings in the order of the table. */
  readonly order: Uint32Array;
}

/**
 * Makes the function that writes readings in the order of the table, so that a page that gets several of them is found, changed and
 * written once. All are on disk when it returns; when it throws, some may be.
 */
export function readingWriter(db: Database): (readings: PackedReadings) => void {
  const sensorKey = keys(db, { table: 'sensors', key: 'sensor', name: 'sensor_id' });
  const zoneKey = keys(db, { table: 'zones', key: 'zone', name: 'name' });
  const put = (rows: number) =>
    db.prepare<[(number | null)[]]>(`
      INSERT INTO readings (sensor, timestamp_us, zone, value, latency_ms)
      VALUES ${Array<string>(rows).fill('(?, ?, ?, ?, ?)').join(', ')}
      ON CONFLICT DO UPDATE SET value = excluded.value, latency_ms = coalesce(excluded.latency_ms, latency_ms)`);
  const putOne = put(1);
  const putMany = put(ROWS_PER_STATEMENT);

  const writeFirst = db.transaction((readings: PackedReadings): Ordered => {
    const sensorKeys = Float64Array.from(JSON.parse(readings.sensorIds) as string[], sensorKey);
    const zoneKeys = Float64Array.from(JSON.parse(readings.zones) as string[], zoneKey);
    const ordered = { readings, sensorKeys, zoneKeys, order: orderOf(readings.sensorIndexes, sensorKeys) };
    write(ordered, 0);
    return ordered;
  });
  const writeNext = db.transaction(write);

  return (readings) => {
    const ordered = writeFirst(readings);
    for (let from = ROWS_PER_COMMIT; from < ordered.order.length; from += ROWS_PER_COMMIT)
      writeNext(ordered, from);
  };

  /** Writes the readings of one transaction. */
  function write(ordered: Ordered, from: number): void {
    const end = Math.min(ordered.order.length, from + ROWS_PER_COMMIT);
    let row = from;
    for (; row + ROWS_PER_STATEMENT <= end; row += ROWS_PER_STATEMENT)
      putMany.run(parameters(ordered, row, row + ROWS_PER_STATEMENT));
    for (; row < end; row += 1) putOne.run(parameters(ordered, row, row + 1));
  }
}

/** Makes the function that finds the key of a name, and gives one to a new name. */
function keys(
  db: Database,
  { table, key, name }: { readonly table: string; readonly key: string; readonly name: string },
): (name: string) => number {
  const find = db.prepare<[string], number>(`SELECT ${key} FROM ${table} WHERE ${name} = ?`).pluck();
  const add = db.prepare<[string]>(`INSERT INTO ${table} (${name}) VALUES (?)`);
  return (text) => find.get(text) ?? Number(add.run(text).lastInsertRowid);
}

/** By sensor, and those of one sensor as they came: the last one of a point must be written last. */
function orderOf(sensorIndexes: Uint32Array, sensorKeys: Float64Array): Uint32Array {
  const { length } = sensorIndexes;
  // One number for each reading, because numbers are sorted without calls of a function. Exact up to 2^53.
  const places = new Float64Array(length);
  for (let index = 0; index < length; index += 1)
    places[index] = (sensorKeys[sensorIndexes[index] ?? 0] ?? 0) * length + index;
  return Uint32Array.from(places.sort(), (place) => place % length);
}

/** The parameters of a statement that writes some of the readings. */
function parameters(
  { readings, sensorKeys, zoneKeys, order }: Ordered,
  from: number,
  to: number,
): (number | null)[] {
  const { sensorIndexes, zoneIndexes, values, latencies, timesUs } = readings;
  const list = new Array<number | null>((to - from) * PARAMETERS_PER_ROW);
  let at = 0;
  for (let row = from; row < to; row += 1) {
    const index = order[row] ?? 0;
    const latencyMs = latencies[index] ?? NaN;
    list[at++] = sensorKeys[sensorIndexes[index] ?? 0] ?? null;
    list[at++] = timesUs[index] ?? null;
    list[at++] = zoneKeys[zoneIndexes[index] ?? 0] ?? null;
    list[at++] = values[index] ?? null;
    list[at++] = Number.isNaN(latencyMs) ? null : latencyMs;
  }
  return list;
}
