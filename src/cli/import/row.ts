import type { Reading } from '../../model/reading.js';

/** A row of a file that is a reading. A row of a file with a column for each sensor gives several. */
export interface ReadingRow {
  /** The line of the file where the row begins, from 1. */
  readonly line: number;
  readonly reading: Reading;
}

/** A row that cannot be sent. */
export interface RefusedRow {
  readonly line: number;
  /** Why, in one line of bounded length. */
  readonly problem: string;
}

export type Row = ReadingRow | RefusedRow;
