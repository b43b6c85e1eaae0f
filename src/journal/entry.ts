import type { SteadyTime } from '../clock/steady-clock.js';
import type { RequestedDeletion } from '../model/deletion.js';
import type { Reading } from '../model/reading.js';
import type { Stamps } from '../model/stamp.js';

/** The first answer to a request with an Idempotency-Key. */
export interface RememberedAnswer {
  /** Sender id, line break, Idempotency-Key. */
  readonly key: string;
  /** Fingerprint of the request, hexadecimal: another request under the same key is refused. */
  readonly fingerprint: string;
  /** The answer's body as JSON, or the same, compressed. */
  readonly answer: string;
  /** The holder of the share that it counts to; earlier builds did not record it. */
  readonly holder?: string;
  /** Microseconds since the Unix epoch. */
  readonly expiresUs: number;
}

/** What one request writes to the journal, atomically. */
export interface Entry {
  /** When it was accepted by the machine's clock, milliseconds since the Unix epoch. */
  readonly acceptedMs: number;
  readonly readings: readonly Reading[];
  /** Who made the timestamps of the readings. */
  readonly stamps?: Stamps;
  /** The residue of the gateway's clock then; earlier builds had none. */
  readonly residue?: number;
  /** When it was accepted by the monotonic clock; earlier builds did not record it. */
  readonly steady?: SteadyTime;
  readonly remembered?: RememberedAnswer;
  /** Set when the readings are dead letters that are tried again: their ids, in the same order. */
  readonly replayed?: readonly number[];
  /** How many of these ids each reading merges; absent when each has one. */
  readonly merged?: readonly number[];
  /** Set when the entry deletes readings that were accepted before it; it has none itself. */
  readonly deletion?: RequestedDeletion;
}

/** Gives entries one shape, whatever they hold: V8 compiles all that reads them anew for each shape that it meets. */
export function newEntry({
  acceptedMs,
  readings,
  stamps,
  residue,
  steady,
  remembered,
  replayed,
  merged,
  deletion,
}: Entry): Entry {
  return { acceptedMs, readings, stamps, residue, steady, remembered, replayed, merged, deletion };
}

/**
 * How many positions of the journal an entry takes: one for each accepted reading, where dead letters of one point are
 * merged, but each of them counts; one for a deletion.
 */
export function countOf({ readings, replayed, deletion }: Entry): number {
  return deletion ? 1 : (replayed?.length ?? readings.length);
}

/** For each reading of a replay, the newest of the dead letters that it merges. They are listed in the order of acceptance. */
export function newestIds({ readings, replayed = [], merged }: Entry): number[] {
  if (!merged) return readings.map((_, index) => replayed[index] ?? NaN);
  let end = 0;
  return merged.map((count) => replayed[(end += count) - 1] ?? NaN);
}
