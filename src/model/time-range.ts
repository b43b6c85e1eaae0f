import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { parseDuration } from '../common/config/duration.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { mustBeTime } from './time-hint.js';
import { TIMESTAMP_SCHEMAS } from './timestamp.decorator.js';
import { formatTimestamp, parseTimestampText, TIMESTAMP_RULE } from './timestamp.js';

const DAY_US = 86_400_000_000;

const MOMENT_RULE = `${TIMESTAMP_RULE}, or a time before now such as "-24h" or "-90m"; years 1685 to 2254`;

/** The most digits of an amount, so that it stays within the range of timestamps. */
const DIGITS_AGO = { ms: 12, s: 9, m: 8, h: 6, d: 5, w: 4 };
const AMOUNTS_AGO = Object.entries(DIGITS_AGO).map(([unit, digits]) => `\\d{1,${digits}}(\\.\\d+)?${unit}`);
const AGO_PATTERN = `^-(${AMOUNTS_AGO.join('|')})$`;

/** Times from `fromUs` up to, not including, `toUs`, in microseconds since the Unix epoch. */
export interface TimeRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A query parameter that bounds a range of time. */
export function RangeEnd(description: string): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'rangeEnd',
      validator: {
        validate: (value) => parseMoment(value, Date.now() * 1000) !== undefined,
        defaultMessage: mustBeTime(MOMENT_RULE),
      },
    }),
    ApiProperty({
      oneOf: [...TIMESTAMP_SCHEMAS, { type: 'string', pattern: AGO_PATTERN }],
      required: false,
      description: `${description}. ${MOMENT_RULE}; units ms, s, m, h, d and w`,
      example: '-24h',
    }),
  );
}

/**
 * The range of two validated parameters; by default the 24 hours up to now.
 * @param nowUs the base of relative times
 * @throws GatewayError INVALID_PARAMETER when from is after to
 */
export function timeRange(
  from: string | undefined,
  to: string | undefined,
  nowUs = Date.now() * 1000,
): TimeRange {
  const { toUs = nowUs, fromUs = Math.max(Number.MIN_SAFE_INTEGER, toUs - DAY_US) } = parseBounds(
    from,
    to,
    nowUs,
  );
  return inOrder({ fromUs, toUs });
}

/**
 * The range without defaults: an absent parameter leaves that side open.
 * @throws GatewayError INVALID_PARAMETER when from is after to
 */
export function boundsOf(from: string | undefined, to: string | undefined): Partial<TimeRange> {
  return inOrder(parseBounds(from, to, Date.now() * 1000));
}

/** @returns microseconds since the Unix epoch; undefined when it is not a time, or out of range */
export function parseMoment(input: unknown, nowUs: number): number | undefined {
  const agoMs =
    typeof input === 'string' && input.startsWith('-') ? parseDuration(input.slice(1)) : undefined;
  if (agoMs === undefined) return parseTimestampText(input);
  const timestampUs = nowUs - Math.round(agoMs * 1000);
  return Number.isSafeInteger(timestampUs) ? timestampUs : undefined;
}

function parseBounds(from: string | undefined, to: string | undefined, nowUs: number): Partial<TimeRange> {
  return { fromUs: parseMoment(from, nowUs), toUs: parseMoment(to, nowUs) };
}

function inOrder<T extends Partial<TimeRange>>(range: T): T {
  const { fromUs = -Infinity, toUs = Infinity } = range;
  if (fromUs <= toUs) return range;
  const message = `from must not be after to, got from ${formatTimestamp(fromUs)} and to ${formatTimestamp(toUs)}`;
  throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'from', message }] });
}
