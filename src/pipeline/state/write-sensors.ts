import type { Database } from 'better-sqlite3';

import { NUMBERS, type PackedSensors } from './packed-sensors.js';

/** Sensors of one statement. More make no difference. */
const ROWS_PER_STATEMENT = 20;
const PARAMETERS_PER_ROW = NUMBERS + 3;

type Parameter = string | number | null;

/** Makes the function that writes sensors in the order of the table, so that a page with several of them is changed once. */
export function sensorWriter(db: Database): (sensors: PackedSensors, countedSeq: number) => void {
  const row = `(${Array<string>(PARAMETERS_PER_ROW).fill('?').join(', ')})`;
  const put = (rows: number) =>
    db.prepare<[Parameter[]]>(`INSERT OR REPLACE INTO sensors
      (sensor_id, zone, value, latency_ms, timestamp_us, first_ms, last_ms, readings, stamp, ignored_us, counted_seq)
      VALUES ${Array<string>(rows).fill(row).join(', ')}`);
  const putOne = put(1);
  const putMany = put(ROWS_PER_STATEMENT);

  return (sensors, countedSeq) => {
    const parameters = parametersOf(sensors, countedSeq);
    const many = PARAMETERS_PER_ROW * ROWS_PER_STATEMENT;
    let at = 0;
    for (; at + many <= parameters.length; at += many) putMany.run(parameters.slice(at, at + many));
    for (; at < parameters.length; at += PARAMETERS_PER_ROW)
      putOne.run(parameters.slice(at, at + PARAMETERS_PER_ROW));
  };
}

/** The parameters of one row after the other, in the order of the table. */
function parametersOf(
  { sensorIds, zones, zoneIndexes, numbers }: PackedSensors,
  countedSeq: number,
): Parameter[] {
  const ids = JSON.parse(sensorIds) as string[];
  const zoneNames = JSON.parse(zones) as string[];
  const order = Uint32Array.from(ids.keys()).sort((a, b) => ((ids[a] ?? '') < (ids[b] ?? '') ? -1 : 1));
  const parameters = new Array<Parameter>(ids.length * PARAMETERS_PER_ROW);
  let at = 0;
  for (const index of order) {
    parameters[at++] = ids[index] ?? null;
    parameters[at++] = zoneNames[zoneIndexes[index] ?? 0] ?? null;
    for (let from = index * NUMBERS; from < (index + 1) * NUMBERS; from += 1) {
      const number = numbers[from] ?? NaN;
      parameters[at++] = Number.isNaN(number) ? null : number;
    }
    parameters[at++] = countedSeq;
  }
  return parameters;
}
