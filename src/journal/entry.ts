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

interface Body {
  readonly t: number;
  readonly r: readonly ReadingTuple[];
  readonly k?: RememberedAnswer;
  readonly d?: readonly number[];
}

/** An entry as text: what the journal keeps of it, and memory, where objects by the ten thousand are dear. */
export function encodeEntry({ acceptedMs, readings, remembered, replayed }: Entry): string {
  const body: Body = {
    t: acceptedMs,
    r: readings.map(toTuple),
    ...(remembered && { k: remembered }),
    ...(replayed && { d: replayed }),
  };
  return JSON.stringify(body);
}

/** @param text from encodeEntry() */
export function decodeEntry(text: string): Entry {
  const { t, r, k, d } = JSON.parse(text) as Body;
  return {
    acceptedMs: t,
    readings: r.map(fromTuple),
    ...(k && { remembered: k }),
    ...(d && { replayed: d }),
  };
}
