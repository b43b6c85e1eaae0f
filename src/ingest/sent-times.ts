import { GatewayError } from '../common/errors/gateway-error.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import { type Precision, PRECISIONS } from '../model/precision.js';
import { isDated, parseTimestamp } from '../model/timestamp.js';

/** Dates outside of these times, of 1970 and from 2096 on, are always refused by default. */
const USUAL_FROM_US = 366 * 86_400_000_000;
const USUAL_TO_US = 4e15;

/** Whether a time is one that readings usually bear; of others, SentTimes knows how they were written. */
export function isUsual(timestampUs: number): boolean {
  return timestampUs >= USUAL_FROM_US && timestampUs < USUAL_TO_US;
}

/** How the timestamps of one request are written. */
export class SentTimes {
  /** The unusual times that were written as a date: their numbers do not show what was meant. */
  private dates: Set<number> | undefined;

  /** @param precision the unit of those that are numbers */
  constructor(
    readonly precision: Precision,
    readonly format: 'JSON' | 'line protocol' = 'JSON',
  ) {}

  /** @returns microseconds since the Unix epoch; undefined when it is not a timestamp */
  parse(input: unknown): number | undefined {
    const timestampUs = parseTimestamp(input, this.precision);
    if (timestampUs === undefined || isUsual(timestampUs)) return timestampUs;
    if (typeof input === 'string' && isDated(input)) (this.dates ??= new Set()).add(timestampUs);
    return timestampUs;
  }

  /** Whether a refused time was written as a date. */
  isDate(timestampUs: number): boolean {
    return this.dates?.has(timestampUs) ?? false;
  }
}

/**
 * @param sent the parameter precision of a request
 * @throws GatewayError INVALID_PARAMETER when it is not a unit
 */
export function toPrecision(sent: unknown, byDefault: Precision): Precision {
  if (sent === undefined) return byDefault;
  const precision = PRECISIONS.find((one) => one === sent);
  if (precision) return precision;
  const message = mustBeMessage('precision', `one of ${PRECISIONS.join(', ')}`, sent);
  throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'precision', message }] });
}
