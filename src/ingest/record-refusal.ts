import type { FieldError } from '../common/errors/field-error.js';
import type { NewReading } from '../model/reading.js';

/** A record as it was understood: a reading, or why it is none. */
export type Submitted = NewReading | readonly FieldError[];

/** Why a record can be refused. */
export const REFUSAL_CODES = [
  'INVALID_READING',
  'TIMESTAMP_IN_FUTURE',
  'SENSOR_NOT_ALLOWED',
  'TOO_MANY_SENSORS',
  'DEAD_LETTERS_FULL',
  'TOO_MANY_REFUSED',
] as const;

/** Why one record is not accepted. */
export interface RecordRefusal extends FieldError {
  /** The record's place among those submitted. */
  readonly index: number;
  readonly code: (typeof REFUSAL_CODES)[number];
}
