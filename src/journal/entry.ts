import type { Reading } from '../reading/reading.js';

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

/** A reading as the journal keeps it: a tuple, which is half the size of an object. */
type Tuple = [sensorId: string, zone: string, value: number, latencyMs: number | null, timestampUs: number];

interface Body {
  readonly t: number;
  readonly r: readonly Tuple[];
  readonly k?: RememberedAnswer;
  readonly d?: readonly number[];
}

export function encodeEntry({ acceptedMs, readings, remembered, replayed }: Entry): Buffer {
  const body: Body = {
    t: acceptedMs,
    r: readings.map(({ sensorId, zone, value, latencyMs, timestampUs }) => [
      sensorId,
      zone,
      value,
      latencyMs ?? null,
      timestampUs,
    ]),
    ...(remembered && { k: remembered }),
    ...(replayed && { d: replayed }),
  };
  return Buffer.from(JSON.stringify(body));
}

/** @param body from encodeEntry(), its checksum verified */
export function decodeEntry(body: Uint8Array): Entry {
  const { t, r, k, d } = JSON.parse(
    Buffer.from(body.buffer, body.byteOffset, body.length).toString(),
  ) as Body;
  return {
    acceptedMs: t,
    readings: r.map(([sensorId, zone, value, latencyMs, timestampUs]) =>
      latencyMs === null
        ? { sensorId, zone, value, timestampUs }
        : { sensorId, zone, value, latencyMs, timestampUs },
    ),
    ...(k && { remembered: k }),
    ...(d && { replayed: d }),
  };
}
