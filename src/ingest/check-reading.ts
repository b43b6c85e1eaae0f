import type { FieldError } from '../common/errors/field-error.js';
import { Problems } from '../common/errors/problems.js';
import { formatValue } from '../common/errors/format-value.js';
import { IDENTIFIER_RULE, isIdentifier } from '../model/identifier.js';
import type { NewReading } from '../model/reading.js';
import { parseTimestamp, TIMESTAMP_RULE } from '../model/timestamp.js';
import { NUMBER_RULE } from '../common/validation/finite-number.decorator.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import { MalformedRecord } from './body/malformed-record.js';

const FIELDS = ['sensorId', 'zone', 'value', 'latencyMs', 'timestamp'];
const isField = (name: string): boolean => FIELDS.includes(name);

/**
 * Checks one record of a batch by the rules of ReadingDto. Measured: class-validator takes 70 µs for each record,
 * which would block the event loop for most of a second with 10,000 records; this takes 1 µs.
 * @param explain whether the answer names this record; when it does not, the list of problems is empty
 * @returns the reading, or what is wrong with each field
 */
export function checkReading(record: unknown, explain = true): NewReading | readonly FieldError[] {
  if (!explain && (typeof record !== 'object' || record === null || record instanceof MalformedRecord))
    return UNEXPLAINED;
  if (record instanceof MalformedRecord) return [{ path: '', message: record.message }];
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return [
      {
        path: '',
        message: `A record must be an object with the fields ${FIELDS.join(', ')}, got ${formatValue(record)}`,
      },
    ];
  }
  const { sensorId, zone, value, latencyMs, timestamp } = record as Record<string, unknown>;
  const timestampUs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  let isKnown = true;
  // JSON.parse() made the record, so it inherits no fields. Object.keys() would make an array for each record.
  for (const name in record) isKnown &&= isField(name);
  if (
    isKnown &&
    isIdentifier(sensorId) &&
    isIdentifier(zone) &&
    isNumber(value) &&
    isNumber(latencyMs) &&
    (timestamp === undefined || timestampUs !== undefined)
  ) {
    return { sensorId, zone, value, latencyMs, timestampUs };
  }
  return explain ? problemsOf(record) : UNEXPLAINED;
}

function problemsOf(record: object): readonly FieldError[] {
  const { sensorId, zone, value, latencyMs, timestamp } = record as Record<string, unknown>;
  const problems = new Problems();
  const check = (path: string, input: unknown, isValid: boolean, rule: string): void => {
    if (!isValid) problems.add(path, () => mustBeMessage(path, rule, input));
  };
  check('sensorId', sensorId, isIdentifier(sensorId), IDENTIFIER_RULE);
  check('zone', zone, isIdentifier(zone), IDENTIFIER_RULE);
  check('value', value, isNumber(value), NUMBER_RULE);
  check('latencyMs', latencyMs, isNumber(latencyMs), NUMBER_RULE);
  const isTime = timestamp === undefined || parseTimestamp(timestamp) !== undefined;
  check('timestamp', timestamp, isTime, TIMESTAMP_RULE);
  for (const path of Object.keys(record))
    if (!isField(path))
      problems.add(path, () => `${formatValue(path)} is not known here; the fields are ${FIELDS.join(', ')}`);
  const { named, more } = problems;
  // The last entry says how many more there are.
  return more > 0
    ? [...named.slice(0, -1), { path: '', message: `${more + 1} more fields are wrong` }]
    : named;
}

/** For a bad record that the answer does not name. */
const UNEXPLAINED: readonly FieldError[] = [];

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
