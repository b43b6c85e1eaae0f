import type { Reading } from './reading.js';

/** Who made a reading's timestamp: the device. */
export const SENT = 0;
/** The gateway, from its clock. */
export const GIVEN = 1;
/** The gateway, ahead of its clock: the stamps before had reached that far. */
export const PUSHED = 2;

export type Stamp = typeof SENT | typeof GIVEN | typeof PUSHED;

/** Timestamps that the gateway gives are whole multiples of this many microseconds, plus the residue of its clock. */
export const STAMP_STEP_US = 64;

/**
 * Who made the timestamps of several readings: a digit for each, or one digit when it is the same for all. Undefined when
 * devices made all of them.
 */
export type Stamps = string | undefined;

/** A request's time of acceptance. */
export interface Acceptance {
  /** By the machine's clock, milliseconds since the Unix epoch. */
  readonly acceptedMs: number;
  /** That of the gateway's clock then, 0 to 63. It changes with every step back that is believed. */
  readonly residue?: number;
}

/** @param stamps one for each reading */
export function toStamps(stamps: readonly Stamp[]): Stamps {
  const [first = SENT] = stamps;
  if (stamps.every((stamp) => stamp === first)) return first === SENT ? undefined : String(first);
  return stamps.join('');
}

/** @returns who made the timestamp of the reading at an index */
export function stampAt(stamps: Stamps, index: number): Stamp {
  if (stamps === undefined) return SENT;
  const digit = stamps.length === 1 ? stamps : stamps[index];
  return digit === '1' ? GIVEN : digit === '2' ? PUSHED : SENT;
}

/**
 * Whether the newest reading of a sensor no longer counts as newest when another one is accepted: the gateway gave its
 * timestamp by a clock that was wrong and has been set back since, or it lies so far ahead that it would be refused now.
 * @param maxAheadMs how far ahead of the gateway's clock a device may be
 */
export function isOutdated(
  { timestampUs }: Pick<Reading, 'timestampUs'>,
  stamp: Stamp,
  { acceptedMs, residue }: Acceptance,
  maxAheadMs: number,
): boolean {
  const aheadUs = timestampUs - acceptedMs * 1000;
  // Nearly all readings end here.
  if (aheadUs <= 1000 || residue === undefined) return false;
  return stamp === SENT ? aheadUs > maxAheadMs * 1000 : timestampUs % STAMP_STEP_US !== residue;
}
