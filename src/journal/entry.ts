import type { Reading } from '../reading/reading.js';
import { fromTuple, type ReadingTuple, toTuple } from '../reading/reading-tuple.js';

/** The first answer to a request with an Idempotency-Key. */
export interface RememberedAnswer {
  /** The credential's scope and the key. */
  readonly key: string;
  /** Of the request, hexadecimal: another request under the same key is refused. */
  readonly fingerprint: string;
  /** The answer's body as JSON, or that packed. */
  readonly answer: string;
  /** By whose share it counts; earlier builds did not note it. */
  readonly holder?: string;
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

interface More {
  readonly t: number;
  readonly k?: RememberedAnswer | undefined;
  readonly d?: readonly number[] | undefined;
}

/** A list for each reading: shorter for a few of them. Earlier builds wrote all entries so. */
interface Rows {
  readonly r: readonly ReadingTuple[];
}

/** What stands before the columns of numbers; earlier builds wrote these as lists beside it. */
interface Columns {
  readonly s: readonly string[];
  /** The zones that there are, and for each reading the place of its own among them. */
  readonly n: readonly string[];
  readonly z: readonly number[];
}

interface ListedColumns extends Columns {
  /** The time that those of the readings are counted from. */
  readonly b: number;
  readonly v: readonly number[];
  readonly l: readonly (number | null)[];
  readonly u: readonly number[];
}

/** With fewer readings columns are longer than rows. */
const MIN_COLUMNS = 4;

/**
 * An entry in columns begins with these bytes: a mark that no JSON begins with, then the length of the JSON that follows,
 * little-endian. Behind that stand the values, latencies (NaN where there is none) and timestamps of all readings, 8 bytes
 * each, in the machine's own order: a journal is read where it was written.
 */
const MARK = 1;
const HEAD_BYTES = 5;

/** @returns an entry as the journal keeps it */
export function encodeEntry({ acceptedMs, readings, remembered, replayed }: Entry): Buffer {
  const more: More = { t: acceptedMs, k: remembered, d: replayed };
  const { length } = readings;
  if (length < MIN_COLUMNS) return Buffer.from(JSON.stringify({ ...more, r: readings.map(toTuple) }));
  const numbers = new Float64Array(3 * length);
  const s = new Array<string>(length);
  const z = new Array<number>(length);
  const n: string[] = [];
  const places = new Map<string, number>();
  let at = 0;
  for (const { sensorId, zone, value, latencyMs, timestampUs } of readings) {
    let place = places.get(zone);
    if (place === undefined) {
      place = n.push(zone) - 1;
      places.set(zone, place);
    }
    s[at] = sensorId;
    z[at] = place;
    numbers[at] = value;
    numbers[length + at] = latencyMs ?? NaN;
    numbers[2 * length + at] = timestampUs;
    at += 1;
  }
  const json = Buffer.from(JSON.stringify({ ...more, s, n, z } satisfies More & Columns));
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + json.length + numbers.byteLength);
  bytes[0] = MARK;
  bytes.writeUInt32LE(json.length, 1);
  bytes.set(json, HEAD_BYTES);
  bytes.set(new Uint8Array(numbers.buffer), HEAD_BYTES + json.length);
  return bytes;
}

/** @param bytes from encodeEntry() */
export function decodeEntry(bytes: Uint8Array): Entry {
  const { buffer, byteOffset, length } = bytes;
  const all = Buffer.from(buffer, byteOffset, length);
  const isMarked = all[0] === MARK;
  const end = isMarked ? HEAD_BYTES + all.readUInt32LE(1) : length;
  const json = all.toString('utf8', isMarked ? HEAD_BYTES : 0, end);
  const body = JSON.parse(json) as More & (Columns | ListedColumns | Rows);
  return {
    acceptedMs: body.t,
    readings:
      'r' in body
        ? body.r.map(fromTuple)
        : 'v' in body
          ? fromLists(body)
          : fromColumns(body, all.subarray(end)),
    ...(body.k && { remembered: body.k }),
    ...(body.d && { replayed: body.d }),
  };
}

function fromColumns({ s, n, z }: Columns, bytes: Uint8Array): Reading[] {
  // They may begin anywhere, and an array of numbers cannot.
  const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
  const { length } = s;
  return s.map((sensorId, at) => {
    const latencyMs = numbers[length + at] ?? NaN;
    const latency = Number.isNaN(latencyMs) ? null : latencyMs;
    return fromTuple([
      sensorId,
      n[z[at] ?? NaN] ?? '',
      numbers[at] ?? NaN,
      latency,
      numbers[2 * length + at] ?? NaN,
    ]);
  });
}

function fromLists({ b, s, z, n, v, l, u }: ListedColumns): Reading[] {
  return s.map((sensorId, at) =>
    fromTuple([sensorId, n[z[at] ?? NaN] ?? '', v[at] ?? NaN, l[at] ?? null, b + (u[at] ?? NaN)]),
  );
}
