import type { RequestedDeletion } from '../model/deletion.js';
import type { Reading } from '../model/reading.js';
import { toTuple } from '../model/reading-tuple.js';
import { countOf, type Entry, newEntry, type RememberedAnswer } from './entry.js';

/**
 * An entry begins with its version. Then comes JSON with a list for each reading. From MIN_COLUMNS readings on, they are
 * in columns instead: a mark that no JSON begins with, the length of the JSON that follows (little-endian), that JSON,
 * and the values, latencies (NaN where there is none) and timestamps of all readings, 8 bytes each, in the machine's own
 * byte order: a journal is read where it was written. Earlier builds wrote no version, or lists of numbers in the JSON
 * instead of columns.
 *
 * Only an entry with a deletion has the newer version: a gateway that does not know it would skip it, and keep the readings.
 *
 * A change of the format after the version must raise the version and add a migration to state.db, so that an older
 * gateway refuses both.
 */
const VERSION = 2;
const DELETION_VERSION = 3;
/** The highest byte that can be a version: no text, and no entry without a version, begins with a byte up to this. */
const MAX_VERSION = 31;
const COLUMNS = 1;
/** Version, mark and length. */
const HEAD_BYTES = 6;
/** With fewer readings columns are longer than rows. */
const MIN_COLUMNS = 4;
const ROWS_BEGIN = String.fromCharCode(VERSION);
const DELETION_BEGINS = String.fromCharCode(DELETION_VERSION);

/** @returns the entry's bytes in the journal */
export function encodeEntry(entry: Entry): Buffer {
  const { acceptedMs, readings, stamps, residue, steady, remembered, replayed, merged, deletion } = entry;
  const more = {
    t: acceptedMs,
    g: stamps,
    c: residue,
    i: steady?.run,
    w: steady?.ms,
    k: remembered,
    d: replayed,
    m: merged,
    x: deletion,
  };
  const { length } = readings;
  if (length < MIN_COLUMNS)
    return Buffer.from(
      (deletion ? DELETION_BEGINS : ROWS_BEGIN) + JSON.stringify({ ...more, r: readings.map(toTuple) }),
    );
  const numbers = new Float64Array(3 * length);
  // Filled with push(): JSON.stringify() takes twice as long for an array that was made with a length.
  const s: string[] = [];
  const z: number[] = [];
  const n: string[] = [];
  const zoneIndexes = new Map<string, number>();
  let at = 0;
  for (const { sensorId, zone, value, latencyMs, timestampUs } of readings) {
    let zoneIndex = zoneIndexes.get(zone);
    if (zoneIndex === undefined) {
      zoneIndex = n.push(zone) - 1;
      zoneIndexes.set(zone, zoneIndex);
    }
    s.push(sensorId);
    z.push(zoneIndex);
    numbers[at] = value;
    numbers[length + at] = latencyMs ?? NaN;
    numbers[2 * length + at] = timestampUs;
    at += 1;
  }
  const json = Buffer.from(JSON.stringify({ ...more, s, n, z }));
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + json.length + numbers.byteLength);
  bytes[0] = VERSION;
  bytes[1] = COLUMNS;
  bytes.writeUInt32LE(json.length, 2);
  bytes.set(json, HEAD_BYTES);
  bytes.set(new Uint8Array(numbers.buffer), HEAD_BYTES + json.length);
  return bytes;
}

/** Whether only a newer gateway can read it. */
export function isFromNewerGateway([version = 0]: Uint8Array): boolean {
  return version > DELETION_VERSION && version <= MAX_VERSION;
}

/**
 * @param bytes from encodeEntry()
 * @param count how many readings its record says that there are
 * @returns undefined when the bytes do not hold that
 */
export function decodeEntry(bytes: Uint8Array, count: number): Entry | undefined {
  try {
    const entry = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return countOf(entry) === count && isWhole(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the readings of a replay merge as many dead letters as are listed, and a deletion has no readings. */
function isWhole({ readings, replayed = [], merged, deletion }: Entry): boolean {
  if (deletion && readings.length > 0) return false;
  if (!merged) return replayed.length === 0 || replayed.length === readings.length;
  return merged.length === readings.length && sum(merged) === replayed.length;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** @throws Error when it is not an entry */
function decode(bytes: Buffer): Entry {
  const all = bytes[0] === VERSION || bytes[0] === DELETION_VERSION ? bytes.subarray(1) : bytes;
  const isInColumns = all[0] === COLUMNS;
  const begin = isInColumns ? HEAD_BYTES - 1 : 0;
  const end = isInColumns ? begin + all.readUInt32LE(1) : all.length;
  const { t, g, c, i, w, k, d, m, x, r, s, n, z, b, v, l, u } = JSON.parse(
    all.toString('utf8', begin, end),
  ) as Json;
  const readings = isInColumns
    ? fromColumns(strings(s), strings(n), list(z), all.subarray(end))
    : r === undefined
      ? fromLists(strings(s), strings(n), list(z), { b: number(b), v: list(v), l: list(l), u: list(u) })
      : list(r).map(fromRow);
  return newEntry({
    acceptedMs: number(t),
    readings,
    stamps: g === undefined ? undefined : toStamps(g, readings.length),
    residue: c === undefined ? undefined : number(c),
    steady: i === undefined ? undefined : { run: number(i), ms: number(w) },
    remembered: k === undefined ? undefined : toRemembered(k),
    replayed: d === undefined ? undefined : list(d).map(number),
    merged: m === undefined ? undefined : list(m).map(number),
    deletion: x === undefined ? undefined : toDeletion(x),
  });
}

/** The JSON of an entry, not checked yet. */
type Json = Readonly<
  Record<
    't' | 'g' | 'c' | 'i' | 'w' | 'k' | 'd' | 'm' | 'x' | 'r' | 's' | 'n' | 'z' | 'b' | 'v' | 'l' | 'u',
    unknown
  >
>;

function fromRow(row: unknown): Reading {
  const [sensorId, zone, value, latencyMs, timestampUs] = list(row);
  return toReading(text(sensorId), text(zone), value, latencyMs, timestampUs);
}

function fromColumns(
  s: readonly string[],
  n: readonly string[],
  z: readonly unknown[],
  bytes: Uint8Array,
): Reading[] {
  // An array of numbers must be aligned; these bytes may begin anywhere.
  const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
  const { length } = s;
  if (numbers.length !== 3 * length) throw new Error('the numbers do not fit the readings');
  return s.map((sensorId, at) => {
    const latencyMs = numbers[length + at] ?? NaN;
    const latency = Number.isNaN(latencyMs) ? null : latencyMs;
    return toReading(sensorId, zoneOf(n, z[at]), numbers[at], latency, numbers[2 * length + at]);
  });
}

interface ListedNumbers {
  /** The time that the timestamps are relative to. */
  readonly b: number;
  readonly v: readonly unknown[];
  readonly l: readonly unknown[];
  readonly u: readonly unknown[];
}

function fromLists(
  s: readonly string[],
  n: readonly string[],
  z: readonly unknown[],
  { b, v, l, u }: ListedNumbers,
): Reading[] {
  return s.map((sensorId, at) => toReading(sensorId, zoneOf(n, z[at]), v[at], l[at], b + number(u[at])));
}

function toReading(
  sensorId: string,
  zone: string,
  value: unknown,
  latencyMs: unknown,
  timestampUs: unknown,
): Reading {
  if (!Number.isSafeInteger(timestampUs)) throw new Error('a timestamp is not a safe integer');
  return {
    sensorId,
    zone,
    value: number(value),
    latencyMs: latencyMs === null ? undefined : number(latencyMs),
    timestampUs: number(timestampUs),
  };
}

function zoneOf(zones: readonly string[], index: unknown): string {
  return text(zones[number(index)]);
}

function toRemembered(value: unknown): RememberedAnswer {
  const { key, holder, fingerprint, answer, expiresUs } = value as Partial<RememberedAnswer>;
  return {
    key: text(key),
    ...(holder !== undefined && { holder: text(holder) }),
    fingerprint: text(fingerprint),
    answer: text(answer),
    expiresUs: number(expiresUs),
  };
}

function toDeletion(value: unknown): RequestedDeletion {
  const { sensorId, zone, fromUs, toUs, requestedBy } = value as Partial<RequestedDeletion>;
  return {
    sensorId: text(sensorId),
    ...(zone !== undefined && { zone: text(zone) }),
    fromUs: number(fromUs),
    toUs: number(toUs),
    requestedBy: text(requestedBy),
  };
}

function toStamps(value: unknown, count: number): string {
  const stamps = text(value);
  if (!/^[012]+$/.test(stamps) || !(stamps.length === 1 || stamps.length === count))
    throw new Error('who made the timestamps is not said');
  return stamps;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('a list is missing');
  return value as unknown[];
}

function strings(value: unknown): readonly string[] {
  const all = list(value);
  for (const one of all) text(one);
  return all as readonly string[];
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is missing');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('a number is missing');
  return value;
}
