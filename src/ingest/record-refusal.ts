import type { FieldError } from '../common/errors/field-error.js';
import type { NewReading } from '../model/reading.js';

/** A record after parsing: a reading, or why it is not one. */
export type Submitted = NewReading | readonly FieldError[];

/** Why a record can be refused. */
export const REFUSAL_CODES = [
  'INVALID_READING',
  'TIMESTAMP_IN_FUTURE',
  'TIMESTAMP_TOO_OLD',
  'SENSOR_NOT_ALLOWED',
  'TOO_MANY_SENSORS',
  'DEAD_LETTERS_FULL',
  'TOO_MANY_REFUSED',
] as const;

/** Why one record is not accepted. */
export interface RecordRefusal extends FieldError {
  /** The record's index in the request. */
  readonly index: number;
  readonly code: (typeof REFUSAL_CODES)[number];
}
