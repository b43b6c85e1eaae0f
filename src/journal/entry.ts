import type { Reading } from '../reading/reading.js';
import { fromTuple, type ReadingTuple, toTuple } from '../reading/reading-tuple.js';

/** The first answer to a request with an Idempotency-Key. */
export interface RememberedAnswer {
  /** The credential's scope and the key. */
  readonly key: string;
  /** Of the request, hexadecimal: another request under the same key is refused. */
  readonly fingerprint: string;
  /** The answer's body as JSON. */
  readonly answer: string;
  /** Microseconds since the Unix epoch. */
  readonly expiresUs: number;
}

/** What one request puts into the journal, all of it or nothing. */
export interface Entry {
  /** When it was accepted, milliseconds since the Unix epoch. */
  readonly acceptedMs: number;
  readonly readings: readonly Reading[];
  readonly remembered?: RememberedAnswer;
  /** Set when the readings are dead letters that are tried again: their ids, in the same order. */
  readonly replayed?: readonly number[];
}

/** Readings column by column: many of them take two thirds of the time and of the size so. */
interface Columns {
  /** The time that those of the readings are counted from. */
  readonly b: number;
  readonly s: string[];
  /** Zones, by their places among the names. */
  readonly z: number[];
  readonly n: string[];
  readonly v: number[];
  readonly l: (number | null)[];
  readonly u: number[];
}

interface More {
  readonly t: number;
  readonly k?: RememberedAnswer | undefined;
  readonly d?: readonly number[] | undefined;
}

/** A list for each: shorter for a few readings. Earlier builds wrote all entries so. */
interface Rows {
  readonly r: readonly ReadingTuple[];
}

/** With fewer readings columns are longer than rows. */
const MIN_COLUMNS = 4;

/** An entry as text: what the journal keeps of it, and memory, where objects by the ten thousand are dear. */
export function encodeEntry({ acceptedMs, readings, remembered, replayed }: Entry): string {
  const more: More = { t: acceptedMs, k: remembered, d: replayed };
  if (readings.length < MIN_COLUMNS) return JSON.stringify({ ...more, r: readings.map(toTuple) });
  return JSON.stringify({ ...more, ...toColumns(readings) });
}

/** @param text from encodeEntry() */
export function decodeEntry(text: string): Entry {
  const body = JSON.parse(text) as More & (Columns | Rows);
  return {
    acceptedMs: body.t,
    readings: 'r' in body ? body.r.map(fromTuple) : fromColumns(body),
    ...(body.k && { remembered: body.k }),
    ...(body.d && { replayed: body.d }),
  };
}

function toColumns(readings: readonly Reading[]): Columns {
  const columns: Columns = { b: baseOf(readings), s: [], z: [], n: [], v: [], l: [], u: [] };
  const places = new Map<string, number>();
  for (const { sensorId, zone, value, latencyMs, timestampUs } of readings) {
    let place = places.get(zone);
    if (place === undefined) {
      place = places.size;
      places.set(zone, place);
      columns.n.push(zone);
    }
    columns.s.push(sensorId);
    columns.z.push(place);
    columns.v.push(value);
    columns.l.push(latencyMs ?? null);
    columns.u.push(timestampUs - columns.b);
  }
  return columns;
}

/** The first time, unless another one is so far from it that the difference would not be exact. */
function baseOf(readings: readonly Reading[]): number {
  const first = readings[0]?.timestampUs ?? 0;
  return readings.every(({ timestampUs }) => Number.isSafeInteger(timestampUs - first)) ? first : 0;
}

function fromColumns({ b, s, z, n, v, l, u }: Columns): Reading[] {
  return s.map((sensorId, at) => {
    const zone = n[z[at] ?? NaN] ?? '';
    const value = v[at] ?? NaN;
    const latencyMs = l[at] ?? null;
    const timestampUs = b + (u[at] ?? NaN);
    return latencyMs === null
      ? { sensorId, zone, value, timestampUs }
      : { sensorId, zone, value, latencyMs, timestampUs };
  });
}
